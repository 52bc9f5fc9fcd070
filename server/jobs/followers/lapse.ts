import { sql } from 'kysely'
import type { Db, Tx } from '../../storage/database'
import { appendEvents } from '../../storage/sql/append-event'
import { cancelLocked } from '../control'
import { lockJob } from '../move-job'
import { isTerminal } from '../states'

/** Orphans of one look; the rest is for the next. */
const together = 100

/** A server that comes back gives those who follow this long to say so, before it cancels for want of them. */
const graceSeconds = 60

/**
 * Ends the followers whose lease ran out and records it on each of their jobs that nobody else follows. A server that
 * was away, or whose database was (`upSeconds`: since both are there), waits one lease length first: nobody could
 * renew meanwhile. Returns how many lapsed.
 */
export const lapseFollowers = async (db: Db, upSeconds: number): Promise<number> => {
  let lapsed = 0
  while (await db.transaction().execute((tx) => lapseNext(tx, upSeconds))) lapsed += 1
  return lapsed
}

const lapseNext = async (tx: Tx, upSeconds: number): Promise<boolean> => {
  const follower = await tx
    .selectFrom('app.follower')
    .select(['project_id', 'id'])
    .where('expires_at', '<', sql<Date>`clock_timestamp()`)
    .where('lease_seconds', '<=', Math.floor(upSeconds))
    .orderBy('expires_at')
    .limit(1)
    .forUpdate()
    // renewed at this moment, or another server is at it
    .skipLocked()
    .executeTakeFirst()
  if (!follower) return false
  const { project_id, id } = follower
  // a follower that takes one of them over at this moment has it before this lock, or waits for the end of this
  const jobs = await tx
    .selectFrom('app.job')
    .select('id')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('app.follower_job')
        .select('job_id')
        .where('project_id', '=', project_id)
        .where('follower_id', '=', id),
    )
    .where('status', 'not in', ['succeeded', 'failed', 'cancelled'])
    .orderBy('id')
    .forUpdate()
    .execute()
  await tx.deleteFrom('app.follower').where('project_id', '=', project_id).where('id', '=', id).execute()
  const left = await tx
    .updateTable('app.job')
    .set({ unfollowed_since: sql<Date>`clock_timestamp()` })
    .where(sql<boolean>`id = any(${jobs.map((job) => job.id)}::text[])`)
    .where(({ not, exists, selectFrom, ref }) =>
      not(
        exists(
          selectFrom('app.follower_job').select('job_id').where('app.follower_job.job_id', '=', ref('app.job.id')),
        ),
      ),
    )
    .returning('id')
    .execute()
  await appendEvents(
    tx,
    'job.unfollowed',
    left.map((job) => ({ job_id: job.id, data: { follower_id: id } })),
  )
  return true
}

/**
 * Cancels the jobs that nobody has followed for their `orphan_after_seconds` since their last follower lapsed, and says
 * so in the audit: a kill that Airflow lost must not leave a device burning. Returns their ids.
 */
export const cancelOrphans = async (db: Db, upSeconds: number): Promise<string[]> => {
  if (upSeconds < graceSeconds) return []
  const due = await db
    .selectFrom('app.job')
    .select('id')
    .where('unfollowed_since', 'is not', null)
    .where('orphan_after_s', 'is not', null)
    .where('status', 'not in', ['succeeded', 'failed', 'cancelled'])
    .where(sql<boolean>`unfollowed_since + make_interval(secs => orphan_after_s) < clock_timestamp()`)
    .orderBy('unfollowed_since')
    .limit(together)
    .execute()
  const cancelled: string[] = []
  for (const { id } of due) if (await db.transaction().execute((tx) => cancelOrphan(tx, id))) cancelled.push(id)
  return cancelled
}

const cancelOrphan = async (tx: Tx, id: string): Promise<boolean> => {
  const job = await lockJob(tx, id)
  // it ended, or was taken up, while this waited for its lock
  if (isTerminal(job.status) || job.unfollowed_since === null) return false
  const facts = { reason: 'orphaned', unfollowed_since: job.unfollowed_since.toISOString() }
  await cancelLocked(tx, job, { reason: facts.reason, event: facts })
  await tx
    .insertInto('app.audit')
    .values({
      project_id: job.project_id,
      actor: 'forge',
      action: 'job.cancelled',
      subject: id,
      details: JSON.stringify({ ...facts, orphan_after_seconds: job.orphan_after_s }),
    })
    .execute()
  return true
}
