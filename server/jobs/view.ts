import type { Job } from '../contract/jobs'
import { ForgeError } from '../contract/errors'
import { noUsage } from '../ledger/totals'
import { usageOfJobs } from '../ledger/usage-of'
import type { Tx } from '../storage/database'
import type { JobRow } from './move-job'

const time = (at: Date | null): string | null => at?.toISOString() ?? null

/** Rows as the API shows them, each with its usage so far. */
export const viewJobs = async (tx: Tx, rows: readonly JobRow[], currency: string): Promise<Job[]> => {
  const usage = await usageOfJobs(
    tx,
    rows.map((row) => row.id),
    currency,
  )
  return rows.map((row) => ({
    id: row.id,
    object: 'job',
    kind: row.kind,
    status: row.status,
    status_reason: row.status_reason,
    priority: row.priority,
    class: row.class,
    resources: row.resources,
    attempt: row.attempt,
    input: row.input as Job['input'],
    progress: row.progress,
    result: row.result as Job['result'],
    error: row.error,
    usage: usage.get(row.id) ?? noUsage(currency),
    metadata: row.metadata,
    origin: row.origin as Job['origin'],
    parent_id: row.parent_id,
    group_id: row.group_id,
    retry_of: row.retry_of,
    run_at: time(row.run_at),
    timeout_s: row.timeout_s,
    deadline_at: time(row.deadline_at),
    orphan_after_seconds: row.orphan_after_s,
    unfollowed_since: time(row.unfollowed_since),
    created_at: row.created_at.toISOString(),
    started_at: time(row.started_at),
    ended_at: time(row.ended_at),
  }))
}

export const getJob = async (tx: Tx, id: string, projectId: string, currency: string): Promise<Job> => {
  const row = await tx
    .selectFrom('app.job')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  const [job] = row ? await viewJobs(tx, [row], currency) : []
  if (!job) throw new ForgeError('job_not_found', { id })
  return job
}
