import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type ForgeClient } from '../client/client'
import { terminalStatuses, type Job, type JobStatus } from '../contract/jobs'
import { routes } from '../contract/routes'
import type { LiveLines } from './live-lines'
import { endLine, progressLine } from './progress-line'

export interface FollowOptions {
  lines: LiveLines
  isTerminal: boolean
  /** between two looks. Default 1,000 */
  intervalMs?: number
  signal?: AbortSignal
}

export const hasEnded = (status: string): boolean =>
  terminalStatuses.includes(status as Extract<JobStatus, (typeof terminalStatuses)[number]>)

/** A server that restarts loses no job, so a follower waits for it this long. */
const longestOutageMs = 60_000

/** Asks until there is an answer: `unreachable` is retried for a minute, every other error is thrown. */
export const ask = async <T>(
  question: () => Promise<T>,
  { lines, intervalMs = 1000, signal }: FollowOptions,
): Promise<T> => {
  const since = Date.now()
  for (;;) {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'unreachable' || Date.now() - since > longestOutageMs)
        throw error
      lines.update('server', 'waiting for the server to answer again')
      await sleep(intervalMs, undefined, signal ? { signal } : {})
    }
  }
}

/** Shows a job until it ends, and gives it as it ended. Throws ApiError, or AbortError by `signal`. */
export const followJob = async (client: ForgeClient, id: string, options: FollowOptions): Promise<Job> => {
  const { lines, isTerminal, intervalMs = 1000, signal } = options
  for (;;) {
    const job = await ask(() => client.call(routes.getJob, { params: { id } }), options)
    if (hasEnded(job.status)) {
      lines.settle(endLine(job.kind, job))
      return job
    }
    lines.update(job.id, progressLine(job.kind, job, isTerminal))
    await sleep(intervalMs, undefined, signal ? { signal } : {})
  }
}
