import { randomBytes } from 'node:crypto'
import { startEngineChild, type EngineExit, type EngineLog } from './child-process'
import { servingEvent, type ServingCommand, type ServingEvent } from './protocol'
import { llamaProgram, type ServingProgram } from './serving-program'

export interface ServingEngineOptions {
  onLog: (entry: EngineLog) => void
  /** Default: the llama engine. */
  program?: ServingProgram
  graceMs?: number
}

/** What to load; `contextTokens` is per sequence, `sequences` is per model (base and each adapter). */
export interface ServingLoad {
  /** A GGUF for the llama engine, a folder of safetensors for Transformers. */
  modelPath: string
  /** The name that requests give as `model` for the base. */
  base: string
  contextTokens: number
  sequences: number
  threads: number
}

/** Where the loaded engine answers. */
export interface ServingAddress {
  /** `http://127.0.0.1:<port>` */
  origin: string
  port: number
  /** Every request needs `authorization: Bearer <token>`. */
  token: string
  /** At most what was asked for; less when the model was trained with less. */
  contextTokens: number
}

export interface ServingEngine {
  readonly pid: number | undefined
  readonly exited: Promise<EngineExit>
  /** Once per engine. @throws ServingError */
  load(load: ServingLoad): Promise<ServingAddress>
  /** While requests run; the name answers when this resolves. `path`: see the engine's program. @throws ServingError */
  addAdapter(name: string, path: string): Promise<void>
  /** Refuses new requests at once, resolves when running ones have ended. @throws ServingError */
  removeAdapter(name: string): Promise<void>
  stop(): Promise<EngineExit>
  kill(): Promise<EngineExit>
}

/** A control command the serving engine refused, with its code (`adapter_not_loadable`, `out_of_memory`, ...). */
export class ServingError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'ServingError'
  }
}

interface Waiter {
  resolve: (event: ServingEvent) => void
  reject: (error: Error) => void
}

/** Starts a serving engine and drives it by the engine protocol. */
export const createServingEngine = (options: ServingEngineOptions): ServingEngine => {
  const waiters = new Map<string, Waiter>()

  const take = (key: string): Waiter | undefined => {
    const waiter = waiters.get(key)
    waiters.delete(key)
    return waiter
  }
  const onEvent = (event: ServingEvent): void => {
    if (event.type === 'log') options.onLog({ level: event.level, message: event.message })
    if (event.type === 'loaded') take(loadKey)?.resolve(event)
    if (event.type === 'adapter_added' || event.type === 'adapter_removed') take(adapterKey(event.name))?.resolve(event)
    if (event.type === 'failed') {
      const key = event.name === null ? loadKey : adapterKey(event.name)
      take(key)?.reject(new ServingError(event.code, event.message))
    }
  }
  const program = options.program ?? llamaProgram()
  const child = startEngineChild({
    ...program,
    events: servingEvent,
    onEvent,
    onLog: options.onLog,
    ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
  })
  void child.exited.then((exit) => {
    for (const key of [...waiters.keys()]) take(key)?.reject(child.exitError(exit))
  })

  /** Sends a command and waits for its answer; two at once about the same adapter would be mixed up, so refused. */
  const ask = async (key: string, command: ServingCommand): Promise<ServingEvent> => {
    await child.ready
    if (child.state === 'exited') throw child.exitError(await child.exited)
    if (waiters.has(key)) throw new ServingError('in_progress', `A command about ${key} is still running; wait for it.`)
    return await new Promise((resolve, reject) => {
      waiters.set(key, { resolve, reject })
      child.send(command)
    })
  }

  const load = async ({ modelPath, base, contextTokens, sequences, threads }: ServingLoad): Promise<ServingAddress> => {
    const token = randomBytes(32).toString('base64url')
    await child.ready
    child.move('busy')
    try {
      const event = await ask(loadKey, {
        type: 'load',
        model_path: modelPath,
        base,
        context_tokens: contextTokens,
        sequences,
        threads,
        token,
      })
      if (event.type !== 'loaded') throw new Error(`Expected loaded, got ${event.type}`)
      return { origin: `http://127.0.0.1:${event.port}`, port: event.port, token, contextTokens: event.context_tokens }
    } finally {
      // stopping and exited stay what they are
      if (child.state === 'busy') child.move('ready')
    }
  }

  return {
    pid: child.pid,
    exited: child.exited,
    load,
    addAdapter: async (name, path) => void (await ask(adapterKey(name), { type: 'add_adapter', name, path })),
    removeAdapter: async (name) => void (await ask(adapterKey(name), { type: 'remove_adapter', name })),
    stop: child.stop,
    kill: child.kill,
  }
}

const loadKey = 'load'
const adapterKey = (name: string): string => `adapter ${name}`
