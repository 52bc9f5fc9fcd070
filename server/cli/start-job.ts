import type { Job } from '../contract/jobs'
import type { Session } from './context'
import { followJob } from './follow-job'
import { liveLines } from './live-lines'
import { jobText } from './print-job'

export interface WaitOption {
  /** commander's `--no-wait` */
  wait: boolean
}

/** What every job that the CLI starts says about where it comes from. */
export const fromCli = { origin: { system: 'cli' as const, url: null } }

/**
 * Follows a started job to its end, unless `--no-wait` was given. Then shows the job, or does `then` with one that
 * succeeded. Gives the exit code: 1 when the job did not succeed.
 */
export const finish = async (
  session: Session,
  started: Job,
  { wait }: WaitOption,
  then?: (job: Job) => Promise<0 | 1>,
): Promise<0 | 1> => {
  if (!wait) {
    session.show(started, jobText)
    return 0
  }
  const lines = liveLines(session.json ? { write: () => true } : session.out, session.isTerminal && !session.json)
  const job = await followJob(session.client, started.id, { lines, isTerminal: session.isTerminal })
  if (job.status === 'succeeded' && then) return await then(job)
  session.show(job, jobText)
  return job.status === 'succeeded' ? 0 : 1
}
