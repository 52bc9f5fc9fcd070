import { ForgeError, type JobError } from '../contract/errors'
import type { JobStatus } from '../contract/jobs'
import { sql, type Selectable } from 'kysely'
import { appendEvents, notify, notifyAll } from '../storage/sql/append-event'
import { emitEvents } from '../storage/sql/emit-event'
import { cleanJson } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import type { Json, Tables } from '../storage/tables'
import { closeApproval } from './approvals/close-approval'
import { membersEnded } from './groups/member-ended'
import { isTerminal, outcomeOf, participles, type JobAction } from './states'

export type JobRow = Selectable<Tables['app.job']>

/** Jobs of a project under their row locks, by id: those who lock many go in one order. Ids that are none are left out. */
export const lockJobs = (tx: Tx, projectId: string, ids: readonly string[]): Promise<JobRow[]> =>
  tx
    .selectFrom('app.job')
    .selectAll()
    .where('id', 'in', ids)
    .where('project_id', '=', projectId)
    .orderBy('id')
    .forUpdate()
    .execute()

/**
 * The job under its row lock; every change of state starts here. A recipe run is locked before its steps, whoever
 * asks: a step that ends (and then ends its run) never meets a run that is being cancelled (and then its steps).
 */
export const lockJob = async (tx: Tx, id: string): Promise<JobRow> => {
  const parent = await tx.selectFrom('app.job').select('parent_id').where('id', '=', id).executeTakeFirst()
  if (parent?.parent_id)
    await tx.selectFrom('app.job').select('id').where('id', '=', parent.parent_id).forUpdate().execute()
  const row = await tx.selectFrom('app.job').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!row) throw new ForgeError('job_not_found', { id })
  return row
}

export interface MoveFacts {
  /** refuses this attempt's later writes */
  raiseFence?: boolean
  error?: JobError
  result?: Json
  reason?: string | null
  event?: Json
}

/**
 * The one place that changes a job's status: checks the table in `states.ts`, writes the row, its event and, when it
 * goes back to the queue, a new dispatch number with its outbox row. `job` must be locked by this transaction.
 */
export const moveJob = async (tx: Tx, job: JobRow, action: JobAction, facts: MoveFacts = {}): Promise<JobRow> => {
  const [row] = await moveJobs(tx, [job], action, facts)
  if (!row) throw new Error(`The database did not return the job ${job.id} that it moved.`)
  return row
}

/**
 * The same for many jobs at once, in as many statements as for one: all of them or, where the table refuses one, none.
 * Their rows are locked before their groups', which go by id; so nobody waits for the other crosswise.
 */
export const moveJobs = async (
  tx: Tx,
  jobs: readonly JobRow[],
  action: JobAction,
  facts: MoveFacts = {},
): Promise<JobRow[]> => {
  const targets = jobs.map((job) => {
    const to = outcomeOf(job.status, action)
    if (to === null) throw new ForgeError('illegal_move', { from: job.status, action: participles[action] })
    return { job, to }
  })
  const moved = new Map<string, JobRow>()
  for (const [to, together] of Map.groupBy(targets, (target) => target.to)) {
    const moving = together.map(({ job }) => job).filter(({ status }) => status !== to)
    for (const row of await moveTo(tx, moving, to, action, facts)) moved.set(row.id, row)
  }
  return jobs.map((job) => moved.get(job.id) ?? job)
}

const moveTo = async (
  tx: Tx,
  jobs: readonly JobRow[],
  to: JobStatus,
  action: JobAction,
  facts: MoveFacts,
): Promise<JobRow[]> => {
  if (jobs.length === 0) return []
  const now = await databaseNow(tx)
  const requeue = to === 'queued'
  const rows = await tx
    .updateTable('app.job')
    .where(
      'id',
      'in',
      jobs.map(({ id }) => id),
    )
    .set((eb) => ({
      status: to,
      status_reason: facts.reason ?? null,
      ...(facts.raiseFence || action === 'lease' ? { fence: eb('fence', '+', 1) } : {}),
      ...(facts.error ? { error: cleanJson(facts.error) } : {}),
      ...(facts.result ? { result: cleanJson(facts.result) } : {}),
      ...(requeue ? { dispatch_no: eb('dispatch_no', '+', 1), queued_at: now } : {}),
      ...(to === 'running' || to === 'pausing' ? {} : { worker_id: null, lease_expires_at: null }),
      ...(to === 'pausing' ? { pause_requested_at: now } : { pause_requested_at: null }),
      ...(to === 'running' ? { started_at: eb.fn.coalesce('started_at', eb.val(now)) } : {}),
      ...(isTerminal(to) ? { ended_at: now, ended_xid: sql<string>`pg_current_xact_id()` } : {}),
    }))
    .returningAll()
    .execute()
  const before = new Map(jobs.map((job) => [job.id, job.status]))
  const left = rows.filter(({ id }) => before.get(id) === 'queued').map(({ id }) => id)
  // what was to be dispatched no longer is: it was leased, or left the queue by itself
  if (left.length > 0) await tx.deleteFrom('app.outbox').where('job_id', 'in', left).execute()
  if (requeue)
    await tx
      .insertInto('app.outbox')
      .values(rows.map(({ id, dispatch_no }) => ({ job_id: id, dispatch_no })))
      .execute()
  const errorOf = facts.error ? { error: facts.error } : {}
  await appendEvents(
    tx,
    `job.${to}`,
    rows.map(({ id }) => ({ job_id: id, data: { from: before.get(id), ...facts.event, ...errorOf } })),
  )
  if (requeue) await notify(tx, 'outbox')
  // answered before this, unless something else than the answer ended the waiting
  for (const row of rows) if (before.get(row.id) === 'awaiting_approval') await closeApproval(tx, row)
  if (to === 'succeeded' || to === 'failed' || to === 'cancelled') await tellEnded(tx, rows, to)
  // the worker's held heartbeat answers at once
  if (to === 'cancelled' || to === 'pausing' || facts.raiseFence)
    await notifyAll(
      tx,
      rows.map(({ id }) => `command:${id}`),
    )
  return rows
}

/** Emits the events of jobs that ended, and counts them in their groups. */
const tellEnded = async (tx: Tx, rows: readonly JobRow[], to: 'succeeded' | 'failed' | 'cancelled'): Promise<void> => {
  await emitEvents(
    tx,
    `job.${to}`,
    rows.map(({ id, kind, group_id, parent_id, error, project_id }) => ({
      projectId: project_id,
      data: { job_id: id, kind, group_id, parent_id, error },
    })),
  )
  const groups = Map.groupBy(
    rows.map(({ group_id }) => group_id).filter((id) => id !== null),
    (id) => id,
  )
  for (const [id, members] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
    await membersEnded(tx, id, members.length)
}

/** Ends the rows of the attempts that have the jobs, when something else than their worker's report ended them. */
export const closeAttempts = async (
  tx: Tx,
  jobs: readonly JobRow[],
  outcome: 'cancelled' | 'paused' | 'timed_out',
): Promise<void> => {
  const [ids, fences] = [jobs.map(({ id }) => id), jobs.map(({ fence }) => fence)]
  await tx
    .updateTable('app.job_attempt')
    .set({ outcome, ended_at: sql<Date>`clock_timestamp()` })
    .where(sql<boolean>`(job_id, fence) in (select * from unnest(${ids}::text[], ${fences}::bigint[]))`)
    .where('ended_at', 'is', null)
    .execute()
}
export const closeAttempt = (tx: Tx, job: JobRow, outcome: 'cancelled' | 'paused' | 'timed_out'): Promise<void> =>
  closeAttempts(tx, [job], outcome)

/** The database's clock: the only one that counts. */
export const databaseNow = async (tx: Tx): Promise<Date> => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
  const now = rows[0]?.now
  if (!now) throw new Error('The database did not tell its time.')
  return now
}
