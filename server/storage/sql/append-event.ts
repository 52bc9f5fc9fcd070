import { sql } from 'kysely'
import { cleanJson } from '../clean-text'
import type { Tx } from '../database'
import type { Json } from '../tables'

/**
 * Adds an event under the job's row lock, so that `seq` counts without gaps, and wakes whoever follows the job.
 * The notice is sent when the transaction commits; it is a hint, followers also poll.
 */
export const appendEvent = async (tx: Tx, jobId: string, name: string, data: Json = {}): Promise<void> => {
  const { seq } = await tx
    .updateTable('app.job')
    .set((eb) => ({ seq: eb('seq', '+', 1) }))
    .where('id', '=', jobId)
    .returning('seq')
    .executeTakeFirstOrThrow()
  await tx
    .insertInto('app.job_event')
    .values({ job_id: jobId, seq, name, data: cleanJson(data) })
    .execute()
  await notify(tx, `job:${jobId}`)
}

/** Wakes the waiters for `key` on every server of this database, after the commit. */
export const notify = async (tx: Tx, key: string): Promise<void> => {
  await sql`select pg_notify('forge', ${key})`.execute(tx)
}
