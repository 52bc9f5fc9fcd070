import { sql } from 'kysely'
import { ForgeError } from '../../contract/errors'
import type { JobGroup } from '../../contract/job-groups'
import type { Db, Tx } from '../../storage/database'
import { viewJobs } from '../view'

/** Groups as the API shows them, in the order of `ids`. */
const viewGroups = async (tx: Tx, ids: readonly string[]): Promise<JobGroup[]> => {
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('app.job_group')
    .leftJoin('app.callback', 'app.callback.group_id', 'app.job_group.id')
    // of several callbacks the one that was asked for last
    .distinctOn('app.job_group.id')
    .selectAll('app.job_group')
    .select(['url', 'attempts', 'last_status', 'last_error', 'next_attempt_at', 'app.callback.status as callback'])
    .where('app.job_group.id', 'in', ids)
    .orderBy('app.job_group.id')
    .orderBy('asked_at', 'desc')
    .execute()
  const members = await tx
    .selectFrom('app.job')
    .select(['id', 'status', sql<string>`group_id`.as('group_id')])
    .where('group_id', 'in', ids)
    .orderBy('group_index')
    .execute()
  const byId = new Map(
    rows.map((row) => {
      const jobs = members.filter(({ group_id }) => group_id === row.id)
      const counts: JobGroup['counts'] = {}
      for (const { status } of jobs) counts[status] = (counts[status] ?? 0) + 1
      const group: JobGroup = {
        id: row.id,
        object: 'job_group',
        status: row.status,
        cancel_reason: row.cancel_reason,
        counts,
        job_ids: jobs.map(({ id }) => id),
        callback:
          row.url === null || row.callback === null
            ? null
            : {
                url: withoutQuery(row.url),
                status: row.callback,
                attempts: row.attempts ?? 0,
                last_status: row.last_status,
                last_error: row.last_error,
                next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
              },
        origin: row.origin as JobGroup['origin'],
        metadata: row.metadata,
        deadline_at: row.deadline_at?.toISOString() ?? null,
        created_at: row.created_at.toISOString(),
        ended_at: row.ended_at?.toISOString() ?? null,
      }
      return [row.id, group] as const
    }),
  )
  return ids.map((id) => byId.get(id)).filter((group) => group !== undefined)
}

/** An address without its query and user, which may hold a secret. */
export const withoutQuery = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

const known = async (tx: Tx, id: string, projectId: string): Promise<void> => {
  const row = await tx
    .selectFrom('app.job_group')
    .select('id')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  if (!row) throw new ForgeError('job_group_not_found', { id })
}

export const getGroup = async (db: Db, id: string, projectId: string): Promise<JobGroup> => {
  await known(db, id, projectId)
  const [group] = await viewGroups(db, [id])
  if (!group) throw new ForgeError('job_group_not_found', { id })
  return group
}

/** A page of a project's groups, newest first. */
export const listGroups = async (
  db: Db,
  projectId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<{ data: JobGroup[]; has_more: boolean }> => {
  let rows = db.selectFrom('app.job_group').select('id').where('project_id', '=', projectId)
  if (after !== undefined) rows = rows.where('id', '<', after)
  const ids = (
    await rows
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
  ).map(({ id }) => id)
  return { data: await viewGroups(db, ids.slice(0, limit)), has_more: ids.length > limit }
}

/** A page of a group's jobs in the order given, each with its place. */
export const groupResults = async (
  db: Db,
  id: string,
  projectId: string,
  { after, limit, currency }: { after?: number | undefined; limit: number; currency: string },
) => {
  await known(db, id, projectId)
  const rows = await db
    .selectFrom('app.job')
    .selectAll()
    .where('group_id', '=', id)
    .where('group_index', '>', after ?? -1)
    .orderBy('group_index')
    .limit(limit + 1)
    .execute()
  const jobs = await viewJobs(db, rows.slice(0, limit), currency)
  return {
    object: 'list' as const,
    data: jobs.map((job, place) => ({ index: rows[place]?.group_index ?? place, job })),
    has_more: rows.length > limit,
  }
}
