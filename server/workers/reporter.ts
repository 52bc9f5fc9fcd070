import { setTimeout as wait } from 'node:timers/promises'
import { ApiError, type ForgeClient } from '../client/client'
import type { Progress } from '../contract/jobs'
import { routes } from '../contract/routes'
import type { Heartbeat } from '../contract/workers'
import type { EndReason } from './ended'
import type { Energy } from './energy'
import { backOff } from './retry'
import type { WorkerLog } from './worker-log'

const reportEvery_ms = 1_000
/** The contract's limits. */
const maxLines = 1_000
const maxLineLength = 8_192
/** Lines kept while the server is away; older ones are dropped. */
const maxKeptLines = 20_000
/** Over the time that the server holds a heartbeat. */
const answerTimeout_ms = 15_000

export interface ReporterOptions {
  client: ForgeClient
  leaseId: string
  heartbeat_seconds: number
  offlineGrace_seconds: number
  energy: Energy
  log: WorkerLog
  onPause: () => void
  onEnd: (reason: EndReason) => void
}

export interface Reporter {
  progress(progress: Progress): void
  logLine(line: string): void
  /** The newest checkpoint that is complete on this worker. */
  localCheckpoint(step: number): void
  /** Sends what is left, once; then no more is reported. */
  finish(): Promise<void>
}

/**
 * Keeps a lease alive. One loop holds a request open to learn commands at once and brings energy samples; another sends
 * progress and log lines, at most once a second. While the server is away both wait, up to the offline grace.
 */
export const startReporter = (options: ReporterOptions): Reporter => {
  const { client, leaseId, heartbeat_seconds, energy, log, onPause, onEnd } = options
  const over = new AbortController()
  const isOver = (): boolean => over.signal.aborted
  let lastAnswer = performance.now()
  let progress: Progress | null = null
  let lines: { at: string; line: string }[] = []
  let localStep: number | null = null
  let paused = false

  /** Sends one heartbeat; false when the server is away. */
  const send = async (body: Heartbeat, signal?: AbortSignal): Promise<boolean> => {
    const timeoutMs = (body.wait_seconds ?? 0) * 1000 + answerTimeout_ms
    try {
      const { command } = await client.call(
        routes.leaseHeartbeat,
        { params: { id: leaseId }, body },
        { timeoutMs, ...(signal ? { signal } : {}) },
      )
      lastAnswer = performance.now()
      if (command === 'cancel') onEnd('cancelled')
      if (command === 'pause' && !paused) {
        paused = true
        onPause()
      }
      return true
    } catch (error) {
      if (signal?.aborted) return false
      if (error instanceof ApiError && error.code === 'lease_lost') {
        onEnd('lease_lost')
        over.abort()
        return false
      }
      if (!(error instanceof ApiError)) throw error
      log.warn({ lease: leaseId, code: error.code, err: error.message }, 'a heartbeat was not accepted')
      if (performance.now() - lastAnswer > options.offlineGrace_seconds * 1000) {
        onEnd('offline_too_long')
        over.abort()
      }
      return false
    }
  }

  const hold = async (): Promise<void> => {
    const pauses = backOff(1_000)
    while (!over.signal.aborted) {
      const samples = energy.unreported(leaseId)
      const began = performance.now()
      // once it pauses, the server answers at once: there is nothing more to wait for
      const accepted = await send({ wait_seconds: paused ? 0 : heartbeat_seconds, samples }, over.signal)
      if (accepted) {
        energy.acknowledge(leaseId, samples)
        pauses.reset()
        const rest = (paused ? heartbeat_seconds * 1000 : reportEvery_ms) - (performance.now() - began)
        if (rest > 0) await wait(rest, undefined, { signal: over.signal }).catch(() => undefined)
      } else await pauses.wait(over.signal)
    }
  }
  const flush = async (): Promise<void> => {
    const sentProgress = progress
    const sentLines = lines.slice(0, maxLines)
    const sentStep = localStep
    if (sentProgress === null && sentLines.length === 0 && sentStep === null) return
    if (!(await send({ progress: sentProgress, logs: sentLines, local_checkpoint_step: sentStep }))) return
    if (progress === sentProgress) progress = null
    if (localStep === sentStep) localStep = null
    const last = sentLines.at(-1)
    if (last) lines = lines.slice(lines.indexOf(last) + 1)
  }
  const report = async (): Promise<void> => {
    while (!isOver()) {
      await wait(reportEvery_ms, undefined, { signal: over.signal }).catch(() => undefined)
      if (!isOver()) await flush()
    }
  }
  const failed = (error: unknown): void =>
    log.error({ lease: leaseId, err: String(error) }, 'reporting on a lease failed')
  const loops = Promise.all([hold().catch(failed), report().catch(failed)])

  return {
    progress: (latest) => {
      progress = latest
    },
    localCheckpoint: (step) => {
      localStep = step
    },
    logLine: (line) => {
      lines.push({ at: new Date().toISOString(), line: line.slice(0, maxLineLength) })
      if (lines.length > maxKeptLines) lines = lines.slice(-maxKeptLines)
    },
    finish: async () => {
      const wasLost = over.signal.aborted
      over.abort()
      await loops
      if (!wasLost) await flush()
    },
  }
}
