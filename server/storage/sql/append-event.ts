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

/** The same for many jobs at once, in two statements; their rows are locked by the caller, in an order of its own. */
export const appendEvents = async (
  tx: Tx,
  name: string,
  events: readonly { job_id: string; data: Json }[],
): Promise<void> => {
  if (events.length === 0) return
  const ids = events.map(({ job_id }) => job_id)
  const data = events.map((event) => cleanJson(event.data))
  await sql`with given as (select * from unnest(${ids}::text[], ${data}::text[]) as given (job_id, data)),
    counted as (update app.job set seq = seq + 1 from given where app.job.id = given.job_id
      returning app.job.id, app.job.seq, given.data)
    insert into app.job_event (job_id, seq, name, data) select id, seq, ${name}, data::jsonb from counted`.execute(tx)
  await notifyAll(
    tx,
    ids.map((id) => `job:${id}`),
  )
}

/** `notify` for many keys. */
export const notifyAll = async (tx: Tx, keys: readonly string[]): Promise<void> => {
  await sql`select pg_notify('forge', key) from unnest(${[...keys]}::text[]) key`.execute(tx)
}

/** Wakes the waiters for `key` on every server of this database, after the commit. */
export const notify = async (tx: Tx, key: string): Promise<void> => {
  await sql`select pg_notify('forge', ${key})`.execute(tx)
}
