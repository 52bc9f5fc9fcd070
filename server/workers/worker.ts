import { spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ApiError, type ForgeClient } from '../client/client'
import type { Resources, WorkerClass } from '../contract/jobs'
import { routes } from '../contract/routes'
import type { AllowList } from '../outgoing/address-check'
import { repeat } from '../repeat'
import { createMeter } from '../engines/meter'
import { createPidFile, reapStrays } from '../engines/pid-file'
import { llamaProgram, transformersProgram } from '../engines/serving-program'
import { createBaseModels } from './base-models'
import { createBlobCache } from './blob-cache'
import { createCallers } from './callers'
import { createEnergy, type MeterCommands } from './energy'
import { createGpuPool, gpuEnvironment } from './gpu-pool'
import { openLocalCheckpoints } from './local-checkpoints'
import { register, type Registration } from './registration'
import { startReplicas } from './replicas'
import { backOff } from './retry'
import { runLease } from './run-lease'
import { classesFor, slotsFor } from './slots'
import { createFetchSource } from './sources/fetch-source'
import type { WorkerLog } from './worker-log'

const leaseWait_seconds = 10
const answerTimeout_ms = 20_000
/** Downloaded bytes that nobody asked for in 14 days are deleted when the worker starts. */
const cacheLife_ms = 14 * 86_400_000
/** So often a worker asks which of its downloaded bytes were erased. */
const cacheCheck_ms = 60_000
/** In-process work: what the worker's own process group uses is theirs. */
const inProcessKinds: ReadonlySet<string> = new Set(['ingest'])
/** A draining worker looks again after this. */
const drainPause_ms = 5_000

export interface WorkerOptions {
  client: ForgeClient
  /** Unique among the server's workers; the same at every start. */
  name: string
  /** The worker's own folder: cache, scratch and pid file. */
  dataDir: string
  /** Base models by name. */
  modelsDir: string
  resources: Resources
  /** One for each GPU of `resources`, as the CUDA driver names it. Default: none. */
  gpuIds?: readonly string[]
  /** Default: `light`, `cpu`, and `gpu-1` and `gpu-n` as far as there are GPUs. */
  classes?: WorkerClass[]
  /** The classes that each slot leases from. Default: see `slotsFor`. */
  slots?: WorkerClass[][]
  python: string
  /** The folder that holds `forge_engine`. */
  enginesFolder: string
  /** The folder of the serving engine's npm package. Default: beside its driver. */
  servingEngineDir?: string
  /** Default: cores - 1, at least 1. */
  servingThreads?: number
  /** Tokens per served sequence. Default 2,048: the memory of each adapter grows with it. */
  servingContextTokens?: number
  /** Requests that a served model answers at once. Default 4. */
  servingSequences?: number
  /** Default `https://huggingface.co`. */
  hubEndpoint?: string
  /** Addresses that sources may be fetched from besides public ones. */
  outgoingAllow: AllowList
  /** Largest source that is fetched. */
  sourceLimitBytes: number
  /** One path per host; whoever holds it meters. Default: in `dataDir`. null = no meter. */
  meterLockPath?: string | null
  wattsPerCore?: number
  log: WorkerLog
}

export interface Worker {
  /** Stops engines, hands running jobs back to the queue, and ends. Safe to call twice. */
  stop(): Promise<void>
}

const noMeter: MeterCommands & { stop(): Promise<void> } = {
  watch: () => undefined,
  unwatch: () => undefined,
  stop: () => Promise.resolve(),
}

/**
 * Starts a worker: registers, takes leases slot by slot, and keeps the replicas that the server wants. Engines that an
 * earlier worker on this folder left behind are ended first. Resolves once registered.
 */
export const startWorker = async (options: WorkerOptions): Promise<Worker> => {
  const { client, log, dataDir, resources, python, enginesFolder } = options
  const classes = options.classes ?? classesFor(resources)
  const stopping = new AbortController()
  const isStopping = (): boolean => stopping.signal.aborted
  const attemptsDir = join(dataDir, 'attempts')
  await rm(attemptsDir, { recursive: true, force: true })
  await mkdir(attemptsDir, { recursive: true })
  const adaptersDir = join(dataDir, 'adapters')
  await rm(adaptersDir, { recursive: true, force: true })

  const pidPath = join(dataDir, 'engines.json')
  for (const stray of reapStrays(pidPath)) log.warn({ ...stray }, 'an engine left by an earlier worker was ended')
  const pids = createPidFile(pidPath)
  const blobs = createBlobCache({ client, dir: join(dataDir, 'blobs') })
  await blobs.prune(cacheLife_ms)
  const checkpoints = await openLocalCheckpoints(join(dataDir, 'checkpoints'), log)
  const gpus = createGpuPool(options.gpuIds ?? [])
  const baseModels = createBaseModels({
    modelsDir: options.modelsDir,
    cacheDir: join(dataDir, 'base-models'),
    ...(options.hubEndpoint === undefined ? {} : { hubEndpoint: options.hubEndpoint }),
  })

  const meter =
    options.meterLockPath === null
      ? noMeter
      : createMeter({
          python,
          cwd: enginesFolder,
          lockPath: options.meterLockPath ?? join(dataDir, 'meter.lock'),
          spawn,
          onSample: (sample) => energy.receive(sample),
          onLog: (level, message) => log[level === 'warning' ? 'warn' : level]({ part: 'meter' }, message),
          ...(options.wattsPerCore === undefined ? {} : { wattsPerCore: options.wattsPerCore }),
        })
  const energy = createEnergy(meter)
  const callers = createCallers()
  const fetchSource = createFetchSource({ allow: options.outgoingAllow, limitBytes: options.sourceLimitBytes })
  const inProcess = new Set<string>()
  // the supervisor makes the worker the leader of its own process group; elsewhere this watches an empty one
  energy.watch('worker', process.pid, () => [...inProcess])

  let registration: Registration
  try {
    registration = await register({
      client,
      name: options.name,
      resources,
      classes,
      checkpoints,
      log,
      signal: stopping.signal,
    })
  } catch (error) {
    await meter.stop()
    throw error
  }
  const { heartbeat_seconds, offline_grace_seconds } = registration.current()
  log.info({ worker: registration.current().id, classes }, 'the worker is registered')

  const replicas = startReplicas({
    client,
    blobs,
    baseModels,
    energy,
    callers,
    pids,
    log,
    workerId: { get: () => registration.current().id, renew: (lost) => registration.renew(lost) },
    threads: options.servingThreads ?? Math.max(1, Math.floor(resources.cpus)),
    contextTokens: options.servingContextTokens ?? 2_048,
    sequences: options.servingSequences ?? 4,
    programs: {
      llama: llamaProgram(options.servingEngineDir === undefined ? {} : { engineDir: options.servingEngineDir }),
      // GPUs are booked by jobs alone: an engine that took one unasked would starve them
      transformers: transformersProgram({ python, enginesFolder, env: gpuEnvironment([]) }),
    },
    adaptersDir,
  })

  const takeAndRun = async (slot: WorkerClass[]): Promise<void> => {
    const { lease, drain, forget_checkpoints } = await client.call(
      routes.leaseJob,
      {
        params: { id: registration.current().id },
        body: {
          free: { ...resources, gpus: gpus.free() },
          classes: slot,
          wait_seconds: leaseWait_seconds,
          kept_checkpoints: checkpoints.kept(),
        },
      },
      { signal: stopping.signal, timeoutMs: leaseWait_seconds * 1000 + answerTimeout_ms },
    )
    await checkpoints.forget(forget_checkpoints)
    if (lease === null) {
      if (drain) await wait(drainPause_ms, undefined, { signal: stopping.signal }).catch(() => undefined) // the loop sees the stop
      return
    }
    if (inProcessKinds.has(lease.kind)) inProcess.add(lease.id)
    try {
      await runLease(lease, {
        client,
        blobs,
        baseModels,
        energy,
        callers,
        fetchSource,
        pids,
        python,
        enginesFolder,
        attemptsDir,
        checkpoints,
        gpus,
        log,
        heartbeat_seconds,
        offlineGrace_seconds: offline_grace_seconds,
        stopping: stopping.signal,
      })
    } finally {
      inProcess.delete(lease.id)
    }
  }
  const runSlot = async (slot: WorkerClass[]): Promise<void> => {
    const pauses = backOff()
    while (!isStopping()) {
      const { id } = registration.current()
      try {
        await takeAndRun(slot)
        pauses.reset()
      } catch (error) {
        if (isStopping()) return
        log.warn({ slot, err: error instanceof Error ? error.message : String(error) }, 'no lease could be asked for')
        if (error instanceof ApiError && error.code === 'worker_not_found')
          await registration.renew(id).catch(() => undefined) // the loop sees the stop
        else await pauses.wait(stopping.signal)
      }
    }
  }
  const slots = Promise.all((options.slots ?? slotsFor(classes, resources)).map(runSlot))

  const cache = repeat('cache check', () => blobs.dropRemoved(stopping.signal), {
    wake: (ms) => wait(ms, undefined, { signal: stopping.signal }).catch(() => undefined), // the loop sees the stop
    everyMs: cacheCheck_ms,
    stop: stopping.signal,
    onError: (error) => {
      if (!isStopping()) log.warn({ err: error.message }, 'erased bytes could not be asked for; it is tried again')
    },
  })

  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    stopping.abort()
    await Promise.all([slots, cache, replicas.stop()])
    await meter.stop()
    log.info({}, 'the worker has stopped')
  }
  return { stop: () => (stopped ??= stop()) }
}
