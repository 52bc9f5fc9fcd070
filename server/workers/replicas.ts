import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { ApiError, type ForgeClient } from '../client/client'
import { routes } from '../contract/routes'
import type { Artifact, ServingEngineName } from '../contract/models'
import type { observedReplica, WantedReplica } from '../contract/workers'
import type { PidFile } from '../engines/pid-file'
import type { ServingProgram } from '../engines/serving-program'
import type { BaseModel } from '../steps/handler'
import type { BaseModels } from './base-models'
import type { BlobCache } from './blob-cache'
import type { Callers } from './callers'
import { idleOwner, type Energy } from './energy'
import { backOff } from './retry'
import { adapterPath, chooseServing, hostedName, openWholeModel, type ServingChoice } from './serving-choice'
import { startServingHost, type ServingHost } from './serving-host'
import type { WorkerLog } from './worker-log'

type Observed = z.input<typeof observedReplica>

const wait_seconds = 5
const answerTimeout_ms = 20_000
/** A server that does not hold its answer is not asked more often than this. */
const leastPause_ms = 250

export interface ReplicaOptions {
  client: ForgeClient
  /** Registers again when the server does not know the worker. */
  workerId: { get(): string; renew(lost: string): Promise<void> }
  blobs: BlobCache
  baseModels: BaseModels
  energy: Energy
  callers: Callers
  pids: PidFile
  threads: number
  /** Per sequence; at most what the base was trained with. */
  contextTokens: number
  sequences: number
  /** How each engine is started. */
  programs: Readonly<Record<ServingEngineName, ServingProgram>>
  /** For adapters that an engine reads from a folder; emptied at the start. */
  adaptersDir: string
  log: WorkerLog
}

export interface Replicas {
  /** Ends all engines, after saying so once. */
  stop(): Promise<void>
}

interface Replica {
  wanted: WantedReplica
  observed: Observed
  stop: AbortController
  /** Not known before its base was looked at. */
  engine?: ServingEngineName
  host?: ServingHost
}

const hostKey = (engine: ServingEngineName, name: string): string => `${engine} ${name}`
const isServedBy = ({ engine, wanted }: Replica, key: string): boolean =>
  engine !== undefined && hostKey(engine, hostedName(wanted.model)) === key

/**
 * Keeps the replicas that the server wants: one process per engine and base model, an adapter in it per model. A change is
 * reported at once. A replica that failed stays failed; wanting another one is for the server.
 */
export const startReplicas = (options: ReplicaOptions): Replicas => {
  const { client, workerId, blobs, baseModels, energy, log } = options
  const replicas = new Map<string, Replica>()
  /** By engine and base. */
  const hosts = new Map<string, ServingHost>()
  const over = new AbortController()
  let held = new AbortController()
  const isOver = (): boolean => over.signal.aborted

  const observe = (replica: Replica, change: Partial<Observed>): void => {
    Object.assign(replica.observed, change)
    log.info(
      { replica: replica.wanted.replica_id, model: replica.wanted.model.id, ...change, token: undefined },
      'a replica changed',
    )
    held.abort()
  }

  const hostFor = (baseModel: string, base: BaseModel, { engine, basePath }: ServingChoice): ServingHost => {
    const key = hostKey(engine, baseModel)
    const known = hosts.get(key)
    if (known) return known
    log.info({ base: baseModel, engine, slow: engine === 'transformers' }, 'a serving engine starts')
    const started = startServingHost({
      baseModel,
      basePath,
      program: options.programs[engine],
      contextTokens: Math.min(base.context_tokens, options.contextTokens),
      sequences: options.sequences,
      threads: options.threads,
      energy,
      callers: options.callers,
      pids: options.pids,
      onLog: ({ level, message }) => log[level === 'warning' ? 'warn' : level]({ base: baseModel }, message),
      onDeath: (reason) => {
        if (hosts.get(key) === started) hosts.delete(key)
        for (const replica of replicas.values()) {
          if (isServedBy(replica, key) && replica.observed.state !== 'gone')
            observe(replica, { state: 'failed', error: reason, port: null })
        }
      },
    })
    hosts.set(key, started)
    return started
  }

  const start = async (replica: Replica): Promise<void> => {
    const { wanted, stop } = replica
    const dir = join(options.adaptersDir, wanted.replica_id)
    const isUnwanted = (): boolean => stop.signal.aborted
    try {
      const { model } = wanted
      const base = await baseModels.resolve(model.base_model, stop.signal)
      const source = { dir, fetch: ({ sha256 }: Artifact) => blobs.path(sha256, stop.signal) }
      const whole = await openWholeModel(model, source)
      const choice = whole ?? chooseServing(model, base)
      const path = whole === null ? await adapterPath(model, choice.engine, source) : null
      if (isUnwanted()) return
      replica.engine = choice.engine
      replica.host = hostFor(hostedName(model), base, choice)
      const adapter = path === null ? null : { name: model.id, path }
      const { address, servedModel } = await replica.host.join(wanted.replica_id, adapter)
      if (!isUnwanted() && replica.observed.state === 'starting') {
        observe(replica, {
          state: wanted.drain ? 'draining' : 'ready',
          port: address.port,
          token: address.token,
          served_model: servedModel,
          engine: choice.engine,
        })
      }
    } catch (error) {
      if (isUnwanted()) return
      observe(replica, { state: 'failed', error: error instanceof Error ? error.message : String(error) })
      await release(replica)
    } finally {
      // loaded or not, the engine does not come back to it
      await rm(dir, { recursive: true, force: true })
    }
  }

  const endUnused = async (key: string, host: ServingHost): Promise<void> => {
    const isWanted = [...replicas.values()].some(
      (replica) => isServedBy(replica, key) && !['gone', 'failed'].includes(replica.observed.state),
    )
    if (isWanted || host.users.size > 0 || hosts.get(key) !== host) return
    hosts.delete(key)
    await host.stop()
  }

  const release = async (replica: Replica): Promise<void> => {
    const { wanted, host, engine } = replica
    if (host === undefined || engine === undefined) return
    delete replica.host
    try {
      await host.leave(wanted.replica_id)
      await endUnused(hostKey(engine, hostedName(wanted.model)), host)
    } catch (error) {
      log.warn({ replica: wanted.replica_id, err: String(error) }, 'a replica was not unloaded cleanly')
    }
  }

  const reconcile = (wantedNow: readonly WantedReplica[]): void => {
    const ids = new Set(wantedNow.map(({ replica_id }) => replica_id))
    for (const wanted of wantedNow) {
      const known = replicas.get(wanted.replica_id)
      if (known) {
        known.wanted = wanted
        if (wanted.drain && known.observed.state === 'ready') observe(known, { state: 'draining' })
        continue
      }
      const replica: Replica = {
        wanted,
        stop: new AbortController(),
        observed: {
          replica_id: wanted.replica_id,
          state: 'starting',
          port: null,
          served_model: null,
          token: null,
          engine: null,
          error: null,
        },
      }
      replicas.set(wanted.replica_id, replica)
      void start(replica)
    }
    for (const replica of replicas.values()) {
      if (ids.has(replica.wanted.replica_id) || replica.observed.state === 'gone') continue
      replica.stop.abort()
      observe(replica, { state: 'gone', port: null })
      void release(replica)
    }
  }

  /** One heartbeat: what is there goes out, what is wanted comes back. */
  const beat = async (wait: number, signal: AbortSignal): Promise<void> => {
    const sent = [...replicas.values()].map(({ observed }) => ({
      ...observed,
      samples: energy.unreported(observed.replica_id),
    }))
    const idle = energy.unreported(idleOwner)
    const { wanted } = await client.call(
      routes.replicaHeartbeat,
      {
        params: { id: workerId.get() },
        body: { observed: sent, idle_samples: idle, wait_seconds: wait },
      },
      { signal, timeoutMs: wait * 1000 + answerTimeout_ms },
    )
    energy.acknowledge(idleOwner, idle)
    for (const observed of sent) {
      energy.acknowledge(observed.replica_id, observed.samples)
      if (observed.state === 'gone') replicas.delete(observed.replica_id)
    }
    if (!isOver()) reconcile(wanted)
  }

  const loop = async (): Promise<void> => {
    const pauses = backOff()
    while (!isOver()) {
      const began = performance.now()
      // something changed while the last answer was worked on: report it without waiting
      const hasNews = held.signal.aborted
      held = new AbortController()
      const id = workerId.get()
      try {
        await beat(hasNews ? 0 : wait_seconds, AbortSignal.any([over.signal, held.signal]))
        pauses.reset()
      } catch (error) {
        if (isOver() || held.signal.aborted) continue
        log.warn(
          { err: error instanceof Error ? error.message : String(error) },
          'the heartbeat of replicas was not accepted',
        )
        if (error instanceof ApiError && error.code === 'worker_not_found')
          await workerId.renew(id).catch(() => undefined) // the loop sees the stop
        else await pauses.wait(over.signal)
        continue
      }
      const rest = leastPause_ms - (performance.now() - began)
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
    }
  }
  const running = loop()

  return {
    stop: async () => {
      over.abort()
      await running
      for (const replica of replicas.values()) {
        replica.stop.abort()
        Object.assign(replica.observed, { state: 'gone', port: null })
      }
      // requests go elsewhere from here on; without an answer the server finds out by itself
      await beat(0, AbortSignal.timeout(2_000)).catch((error: unknown) =>
        log.warn({ err: String(error) }, 'the server does not know yet that the replicas are gone'),
      )
      for (const host of hosts.values()) await host.stop()
    },
  }
}
