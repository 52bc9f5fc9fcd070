import type { EngineLog } from '../engines/child-process'
import type { PidFile } from '../engines/pid-file'
import { createServingEngine, type ServingAddress, type ServingEngine } from '../engines/serving-engine'
import type { ServingProgram } from '../engines/serving-program'
import type { Callers } from './callers'
import type { Energy } from './energy'

/** The name that a serving engine knows its base by. */
export const baseName = 'base'
const probeTimeout_ms = 120_000

export interface ServingHostOptions {
  baseModel: string
  /** What the program loads: a GGUF or a folder. */
  basePath: string
  program: ServingProgram
  /** Per sequence. */
  contextTokens: number
  /** Requests answered at once, per model. */
  sequences: number
  threads: number
  energy: Energy
  callers: Callers
  pids: PidFile
  onLog: (entry: EngineLog) => void
  /** Called once when the engine ended without having been stopped. */
  onDeath: (reason: string) => void
}

/** A serving engine with its base loaded, and who uses it. */
export interface ServingHost {
  readonly users: ReadonlySet<string>
  /** Serves a model for a replica: the base, or the adapter at this path under this name. Answered one real token when it resolves. */
  join(
    replicaId: string,
    adapter: { name: string; path: string } | null,
  ): Promise<{ address: ServingAddress; servedModel: string }>
  /** Ends a replica's use; an adapter that nobody uses is unloaded once its running answers are done. */
  leave(replicaId: string): Promise<void>
  stop(): Promise<void>
}

/** One real answer: what a replica must give before requests are sent to it. */
const probe = async ({ origin, token }: ServingAddress, model: string): Promise<void> => {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    signal: AbortSignal.timeout(probeTimeout_ms),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, temperature: 0 }),
  })
  if (!response.ok)
    throw new Error(
      `The engine answers ${response.status} to a first request: ${(await response.text()).slice(0, 500)}`,
    )
  await response.arrayBuffer()
}

/** Starts a serving engine and loads a base. Its CPU time is shared by its replicas. */
export const startServingHost = (options: ServingHostOptions): ServingHost => {
  const { baseModel, energy, pids, onLog, onDeath } = options
  /** Replica → the adapter it uses; null = the base. */
  const users = new Map<string, string | null>()
  const adapters = new Map<string, Promise<void>>()
  let stopping = false

  const engine: ServingEngine = createServingEngine({
    onLog,
    program: options.program,
  })
  const { pid } = engine
  // with its pid: the next engine of this base may start before this one is forgotten
  const group = `serving:${baseModel}:${pid ?? 'none'}`
  if (pid !== undefined) {
    pids.add(pid, group)
    energy.watch(group, pid, () => {
      const calling = options.callers.current()
      return calling.length > 0 ? calling : [...users.keys()]
    })
  }
  void engine.exited.then(({ code, signal }) => {
    if (pid !== undefined) pids.remove(pid)
    void energy.release(group)
    if (!stopping) onDeath(`The serving engine of ${baseModel} ended (code ${code}, signal ${signal}).`)
  })
  const loaded = engine.load({
    modelPath: options.basePath,
    base: baseName,
    contextTokens: options.contextTokens,
    sequences: options.sequences,
    threads: options.threads,
  })
  loaded.catch(() => undefined) // every join sees it

  const leave = async (replicaId: string): Promise<void> => {
    const name = users.get(replicaId)
    users.delete(replicaId)
    if (typeof name !== 'string' || [...users.values()].includes(name) || stopping) return
    const added = adapters.get(name)
    adapters.delete(name)
    if (added === undefined) return
    await added
    await engine.removeAdapter(name)
  }
  return {
    get users() {
      return new Set(users.keys())
    },
    join: async (replicaId, adapter) => {
      users.set(replicaId, adapter?.name ?? null)
      const address = await loaded
      if (adapter !== null) {
        const added = adapters.get(adapter.name) ?? engine.addAdapter(adapter.name, adapter.path)
        adapters.set(adapter.name, added)
        await added
      }
      const servedModel = adapter?.name ?? baseName
      await probe(address, servedModel)
      return { address, servedModel }
    },
    leave,
    stop: async () => {
      stopping = true
      await energy.release(group)
      await engine.stop()
    },
  }
}
