import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiError, type ForgeClient } from '../client/client'
import { routes } from '../contract/routes'
import type { Lease, Outputs } from '../contract/workers'
import type { PidFile } from '../engines/pid-file'
import { Paused } from '../steps/handler'
import type { BaseModels } from './base-models'
import type { BlobCache } from './blob-cache'
import { Ended } from './ended'
import type { Callers } from './callers'
import type { Energy } from './energy'
import type { GpuPool, HeldGpus } from './gpu-pool'
import { handlers, pausingKinds, type Handlers } from './handlers'
import type { LocalCheckpoints, OpenCheckpoints } from './local-checkpoints'
import { startReporter } from './reporter'
import { whileAway } from './retry'
import type { FetchSource } from './sources/fetch-source'
import { createTask } from './task'
import { toFailure } from './to-failure'
import { createTraining, type TrainingPort } from './training'
import type { WorkerLog } from './worker-log'

/** How long a stopping worker tries to hand its job back; after that the lease runs out by itself. */
const handBackTimeout_ms = 5_000

export interface LeaseRunOptions {
  client: ForgeClient
  blobs: BlobCache
  baseModels: BaseModels
  energy: Energy
  callers: Callers
  fetchSource: FetchSource
  pids: PidFile
  python: string
  enginesFolder: string
  /** Holds a scratch folder per attempt. */
  attemptsDir: string
  checkpoints: LocalCheckpoints
  gpus: GpuPool
  heartbeat_seconds: number
  offlineGrace_seconds: number
  log: WorkerLog
  /** Aborted when the worker stops. */
  stopping: AbortSignal
  /** Default: the steps' own. */
  handlers?: Handlers
}

/** Runs the handler of a lease and gives how it ended. Throws nothing. */
const attempt = async (work: () => Promise<Outputs>): Promise<{ outputs: Outputs } | { error: unknown }> => {
  try {
    return { outputs: await work() }
  } catch (error) {
    return { error }
  }
}

/**
 * Works on a lease until it is settled with the server, or lost. Engines of the attempt are gone and its folder is
 * deleted when this resolves. Never rejects for what a handler throws: that becomes the job's error.
 */
export const runLease = async (lease: Lease, options: LeaseRunOptions): Promise<void> => {
  const { client, energy, log, stopping, offlineGrace_seconds } = options
  const facts = { lease: lease.id, kind: lease.kind }
  const ended = new AbortController()
  const pausing = new AbortController()
  const end = (reason: Ended['reason']): void => ended.abort(new Ended(reason))
  const stop = (): void => end('worker_stopped')
  stopping.addEventListener('abort', stop, { once: true })
  if (stopping.aborted) stop()

  const folder = join(options.attemptsDir, lease.id)
  const reporter = startReporter({
    client,
    leaseId: lease.id,
    heartbeat_seconds: options.heartbeat_seconds,
    offlineGrace_seconds,
    energy,
    log,
    onPause: () => (pausingKinds.has(lease.kind) ? pausing.abort() : end('paused')),
    onEnd: end,
  })
  let training: TrainingPort | undefined
  let gpus: HeldGpus | undefined
  let checkpoints: OpenCheckpoints | undefined

  log.info(facts, 'a job begins')
  const result = await attempt(async () => {
    if (lease.kind === 'recipe' || lease.kind === 'airflow-dag')
      throw new Error(`A job of kind ${lease.kind} is the work of the server; it must not be leased.`)
    await mkdir(folder, { recursive: true })
    // an earlier attempt on this worker may still be ending, with its folder and its GPUs
    checkpoints = await options.checkpoints.open(lease.job_id, ended.signal)
    gpus = await options.gpus.take(lease.resources.gpus, ended.signal)
    if (gpus.ids.length > 0) reporter.logLine(`This attempt has the GPUs ${gpus.ids.join(', ')} for itself.`)
    training = createTraining({
      leaseId: lease.id,
      python: options.python,
      enginesFolder: options.enginesFolder,
      signal: ended.signal,
      energy,
      pids: options.pids,
      gpus: gpus.ids,
      onLog: ({ level, message }) => reporter.logLine(level === 'info' ? message : `${level}: ${message}`),
    })
    const task = createTask({
      ...options,
      lease,
      signal: ended.signal,
      pauseSignal: pausing.signal,
      folder,
      checkpoints,
      reporter,
      training,
    })
    return await (options.handlers ?? handlers)[lease.kind](task)
  })
  if ('error' in result && !ended.signal.aborted && !(result.error instanceof Paused)) {
    reporter.logLine(
      result.error instanceof Error ? (result.error.stack ?? result.error.message) : String(result.error),
    )
  }
  await training?.close()
  gpus?.release()
  await reporter.finish()
  const status = await settle(lease, result, options, ended.signal)
  await checkpoints?.close(!needsNoCheckpoint.has(status))
  stopping.removeEventListener('abort', stop)
  await rm(folder, { recursive: true, force: true })
}

/**
 * After these no attempt needs the checkpoints here: the job ended, or its newest one is durable. After anything else it
 * may come back, or be with the worker that was started in place of this one, on the same folder.
 */
const needsNoCheckpoint: ReadonlySet<string> = new Set([
  'succeeded',
  'failed',
  'cancelled',
  'paused',
  'awaiting_approval',
])

/**
 * Tells the server how the attempt ended, waiting while it is away, and returns what became of the job. What it refuses
 * is logged: another attempt has the job.
 */
const settle = async (
  lease: Lease,
  result: { outputs: Outputs } | { error: unknown },
  options: LeaseRunOptions,
  ended: AbortSignal,
): Promise<string> => {
  const { client, energy, log } = options
  const params = { id: lease.id }
  const samples = energy.unreported(lease.id)
  const reason = ended.reason instanceof Ended ? ended.reason.reason : undefined
  const facts = { lease: lease.id, kind: lease.kind }
  const patience = AbortSignal.timeout(
    reason === 'worker_stopped' ? handBackTimeout_ms : options.offlineGrace_seconds * 1000,
  )

  const tell = async () => {
    if (reason === 'cancelled' || reason === 'lease_lost' || reason === 'offline_too_long') {
      // samples are taken even with a stale fence
      if (samples.length > 0) await client.call(routes.leaseHeartbeat, { params, body: { samples } })
      return { status: reason }
    }
    // what was finished counts, also when a pause or a stop came in the same moment
    if ('outputs' in result) return await complete(result.outputs)
    if (reason === 'paused' || result.error instanceof Paused) {
      return await whileAway(() => client.call(routes.pausedLease, { params, body: { samples } }), patience)
    }
    const failure =
      reason === 'worker_stopped'
        ? ({ code: reason, message: 'The worker stopped.' } as const)
        : toFailure(result.error)
    log.info({ ...facts, ...failure }, 'a job fails')
    return await whileAway(() => client.call(routes.failLease, { params, body: { ...failure, samples } }), patience)
  }
  const complete = async (outputs: Outputs) => {
    try {
      return await whileAway(() => client.call(routes.completeLease, { params, body: { outputs, samples } }), patience)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code === 'lease_lost') throw error
      return await whileAway(
        () => client.call(routes.failLease, { params, body: { ...toFailure(error), samples } }),
        patience,
      )
    }
  }
  let status = 'not_accepted'
  try {
    status = (await tell()).status
    log.info({ ...facts, status }, 'a job ended')
  } catch (error) {
    log.warn(
      { ...facts, err: String(error) },
      'the end of an attempt was not accepted; the server gives the job to another',
    )
  }
  energy.acknowledge(lease.id, samples)
  return status
}
