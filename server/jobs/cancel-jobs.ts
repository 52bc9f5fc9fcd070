import { ForgeError, type JobError } from '../contract/errors'
import type { Db, Tx } from '../storage/database'
import { cancelJob } from './control'
import { closeAttempts, lockJobs, moveJobs } from './move-job'
import { isTerminal, participles } from './states'

/** Jobs of one transaction: few enough that whoever waits for one of them does not wait long. */
const together = 200

export interface Cancelled {
  /** in the order given; a job that was cancelled already is among them */
  done: string[]
  failed: { id: string; error: JobError }[]
}

/**
 * Cancels jobs of a project that are no steps of recipes, some in each transaction: a thousand take as many statements
 * as a hundred one by one. A job that cannot be cancelled is named with its error and holds up none of the others.
 */
export const cancelJobs = async (db: Db, projectId: string, ids: readonly string[]): Promise<Cancelled> => {
  const refused = new Map<string, JobError>()
  for (let first = 0; first < ids.length; first += together) {
    const some = ids.slice(first, first + together)
    const found = await db.transaction().execute((tx) => cancelSome(tx, projectId, some))
    for (const { id, error } of found.failed) refused.set(id, error)
    // a run ends with its steps, which are locked after it
    for (const id of found.runs)
      await cancelJob(db, id, projectId).catch((error: unknown) => {
        if (!(error instanceof ForgeError)) throw error
        refused.set(id, error.toJobError())
      })
  }
  return {
    done: ids.filter((id) => !refused.has(id)),
    failed: [...refused].map(([id, error]) => ({ id, error })),
  }
}

const cancelSome = async (
  tx: Tx,
  projectId: string,
  ids: readonly string[],
): Promise<{ runs: string[]; failed: Cancelled['failed'] }> => {
  const locked = await lockJobs(tx, projectId, ids)
  const known = new Set(locked.map(({ id }) => id))
  const open = locked.filter(({ kind, status }) => kind !== 'recipe' && !isTerminal(status))
  await moveJobs(tx, open, 'cancel', { raiseFence: true })
  if (open.length > 0) await closeAttempts(tx, open, 'cancelled')
  const gone = ids.filter((id) => !known.has(id)).map((id) => ({ id, error: new ForgeError('job_not_found', { id }) }))
  const ended = locked
    .filter(({ kind, status }) => kind !== 'recipe' && isTerminal(status) && status !== 'cancelled')
    .map(({ id, status }) => ({
      id,
      error: new ForgeError('illegal_move', { from: status, action: participles.cancel }),
    }))
  return {
    runs: locked.filter(({ kind }) => kind === 'recipe').map(({ id }) => id),
    failed: [...gone, ...ended].map(({ id, error }) => ({ id, error: error.toJobError() })),
  }
}
