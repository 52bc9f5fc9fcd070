import { sql } from 'kysely'
import { ForgeError } from '../../contract/errors'
import type { Follower, PutFollower } from '../../contract/followers'
import type { Db, Tx } from '../../storage/database'
import { appendEvents, notify } from '../../storage/sql/append-event'

/** Wakes the open streams of a follower. */
export const followerKey = (projectId: string, id: string): string => `follower:${projectId}/${id}`

/** By the database's clock, so many seconds from now. */
const inSeconds = (seconds: number) => sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`

/**
 * Makes a follower or renews it, and makes these its jobs. A job that it no longer names is released: it goes on, and
 * nobody counts as having left it. A job that an earlier follower left is followed again.
 */
export const putFollower = (
  db: Db,
  projectId: string,
  id: string,
  { job_ids, lease_seconds }: PutFollower,
): Promise<Follower> =>
  db.transaction().execute(async (tx) => {
    const wanted = [...new Set(job_ids)]
    // two calls of one follower come one after the other: the row is locked from here on
    const { expires_at } = await tx
      .insertInto('app.follower')
      .values({ project_id: projectId, id, lease_seconds, expires_at: inSeconds(lease_seconds) })
      .onConflict((on) =>
        on.columns(['project_id', 'id']).doUpdateSet({ lease_seconds, expires_at: inSeconds(lease_seconds) }),
      )
      .returning('expires_at')
      .executeTakeFirstOrThrow()
    const found = await tx
      .selectFrom('app.job')
      .select('id')
      .where('project_id', '=', projectId)
      .where(sql<boolean>`id = any(${wanted}::text[])`)
      .orderBy('id')
      .execute()
    const known = found.map((row) => row.id)
    await tx
      .deleteFrom('app.follower_job')
      .where('project_id', '=', projectId)
      .where('follower_id', '=', id)
      .where(sql<boolean>`job_id <> all(${known}::text[])`)
      .execute()
    await sql`insert into app.follower_job (project_id, follower_id, job_id)
      select ${projectId}, ${id}, job_id from unnest(${known}::text[]) job_id on conflict do nothing`.execute(tx)
    await followAgain(tx, known)
    await notify(tx, followerKey(projectId, id))
    const isKnown = new Set(known)
    return {
      id,
      object: 'follower',
      jobs: known.length,
      unknown_job_ids: wanted.filter((job) => !isKnown.has(job)),
      lease_seconds,
      expires_at: expires_at.toISOString(),
    }
  })

/** Ends the lapse of those that an earlier follower left. */
const followAgain = async (tx: Tx, jobIds: readonly string[]): Promise<void> => {
  const left = await tx
    .selectFrom('app.job')
    .select('id')
    .where(sql<boolean>`id = any(${[...jobIds]}::text[])`)
    .where('unfollowed_since', 'is not', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  const ids = left.map(({ id }) => id)
  if (ids.length === 0) return
  await tx.updateTable('app.job').set({ unfollowed_since: null }).where('id', 'in', ids).execute()
  await appendEvents(
    tx,
    'job.followed',
    ids.map((job_id) => ({ job_id, data: {} })),
  )
}

/** Gives a follower its whole lease again, and tells how many seconds that is; null where there is none (any more). */
export const renewFollower = async (db: Db, projectId: string, id: string): Promise<number | null> => {
  const row = await db
    .updateTable('app.follower')
    .set({ expires_at: sql<Date>`clock_timestamp() + make_interval(secs => lease_seconds)` })
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .returning('lease_seconds')
    .executeTakeFirst()
  return row?.lease_seconds ?? null
}

/** Forgets a follower; its jobs go on, and do not count as left. Throws `follower_not_found`. */
export const deleteFollower = async (db: Db, projectId: string, id: string): Promise<void> => {
  const row = await db
    .deleteFrom('app.follower')
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (!row) throw new ForgeError('follower_not_found', { id })
  await notify(db, followerKey(projectId, id))
}
