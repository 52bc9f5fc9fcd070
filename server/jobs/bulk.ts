import { sql } from 'kysely'
import type { BulkResult, JobFilter } from '../contract/job-bulk'
import { ForgeError } from '../contract/errors'
import type { Db } from '../storage/database'
import { cancelJobs } from './cancel-jobs'
import { retryJob } from './control'

/** Jobs of one call; more are for the next one. */
const together = 1000

export interface BulkCall {
  action: 'cancel' | 'retry'
  filter: JobFilter
  /** of the call before: the last job that it took */
  after: string | undefined
  dryRun: boolean
}

/**
 * Cancels or retries the jobs of a filter, oldest first: one that cannot be moved is reported and holds nobody up. Jobs
 * that the action cannot apply to (ended ones; for retry those that did not fail and were not cancelled, and those
 * retried before), and the steps of recipes, which follow their run, are left out.
 */
export const bulkJobs = async (
  db: Db,
  projectId: string,
  { action, filter, after, dryRun }: BulkCall,
): Promise<BulkResult> => {
  let rows = db
    .selectFrom('app.job')
    .select('id')
    .where('project_id', '=', projectId)
    .where('parent_id', 'is', null)
    .where(
      action === 'cancel'
        ? sql<boolean>`status not in ('succeeded', 'failed', 'cancelled')`
        : sql<boolean>`status in ('failed', 'cancelled') and not exists (select 1 from app.job again where again.retry_of = app.job.id)`,
    )
  if (filter.status) rows = rows.where('status', '=', filter.status)
  if (filter.kind) rows = rows.where('kind', '=', filter.kind)
  if (filter.metadata) rows = rows.where(sql<boolean>`metadata @> ${JSON.stringify(filter.metadata)}::jsonb`)
  if (filter.created_after !== undefined) rows = rows.where('created_at', '>', new Date(filter.created_after))
  if (filter.created_before !== undefined) rows = rows.where('created_at', '<', new Date(filter.created_before))
  if (after !== undefined) rows = rows.where('id', '>', after)
  const found = await rows
    .select(sql<number>`(count(*) over ())::int`.as('matched'))
    .orderBy('id')
    .limit(together)
    .execute()
  const ids = found.map(({ id }) => id)
  const matched = found[0]?.matched ?? 0
  const page = { matched, has_more: matched > ids.length, last_id: ids.at(-1) ?? null }
  if (dryRun) return { dry_run: true, done: ids, failed: [], ...page }
  const outcome = await (action === 'cancel' ? cancelJobs(db, projectId, ids) : retryJobs(db, projectId, ids))
  return { dry_run: false, ...outcome, ...page }
}

const retryJobs = async (
  db: Db,
  projectId: string,
  ids: readonly string[],
): Promise<Pick<BulkResult, 'done' | 'failed'>> => {
  const done: string[] = []
  const failed: BulkResult['failed'] = []
  for (const id of ids) {
    try {
      done.push(await retryJob(db, id, projectId))
    } catch (error) {
      if (!(error instanceof ForgeError)) throw error
      failed.push({ id, error: error.toJobError() })
    }
  }
  return { done, failed }
}
