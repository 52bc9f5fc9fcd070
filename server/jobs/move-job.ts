import { ForgeError, type JobError } from '../contract/errors'
import { sql, type Selectable } from 'kysely'
import { appendEvent, notify } from '../storage/sql/append-event'
import { emitEvent } from '../storage/sql/emit-event'
import { cleanJson } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import type { Json, Tables } from '../storage/tables'
import { memberEnded } from './groups/member-ended'
import { isTerminal, outcomeOf, participles, type JobAction } from './states'

export type JobRow = Selectable<Tables['app.job']>

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
  const to = outcomeOf(job.status, action)
  if (to === null) throw new ForgeError('illegal_move', { from: job.status, action: participles[action] })
  if (to === job.status) return job
  const now = await databaseNow(tx)
  const requeue = to === 'queued'
  const row = await tx
    .updateTable('app.job')
    .where('id', '=', job.id)
    .set((eb) => ({
      status: to,
      status_reason: facts.reason ?? null,
      ...(facts.raiseFence || action === 'lease' ? { fence: eb('fence', '+', 1) } : {}),
      ...(facts.error ? { error: cleanJson(facts.error) } : {}),
      ...(facts.result ? { result: cleanJson(facts.result) } : {}),
      ...(requeue ? { dispatch_no: eb('dispatch_no', '+', 1), queued_at: now } : {}),
      ...(to === 'running' || to === 'pausing' ? {} : { worker_id: null, lease_expires_at: null }),
      ...(to === 'pausing' ? { pause_requested_at: now } : { pause_requested_at: null }),
      ...(to === 'running' ? { started_at: job.started_at ?? now } : {}),
      ...(isTerminal(to) ? { ended_at: now } : {}),
    }))
    .returningAll()
    .executeTakeFirstOrThrow()
  // what was to be dispatched no longer is: it was leased, or left the queue by itself
  if (job.status === 'queued') await tx.deleteFrom('app.outbox').where('job_id', '=', job.id).execute()
  if (requeue) await tx.insertInto('app.outbox').values({ job_id: row.id, dispatch_no: row.dispatch_no }).execute()
  await appendEvent(tx, row.id, `job.${to}`, {
    from: job.status,
    ...facts.event,
    ...(facts.error ? { error: facts.error } : {}),
  })
  if (requeue) await notify(tx, 'outbox')
  if (to === 'succeeded' || to === 'failed' || to === 'cancelled') {
    const { id, kind, group_id, parent_id, error } = row
    await emitEvent(tx, row.project_id, `job.${to}`, { job_id: id, kind, group_id, parent_id, error })
    if (group_id !== null) await memberEnded(tx, group_id)
  }
  // the worker's held heartbeat answers at once
  if (to === 'cancelled' || to === 'pausing' || facts.raiseFence) await notify(tx, `command:${row.id}`)
  return row
}

/** Ends the row of the attempt that has the job, when something else than its worker's report ended it. */
export const closeAttempt = async (
  tx: Tx,
  job: JobRow,
  outcome: 'cancelled' | 'paused' | 'timed_out',
): Promise<void> => {
  await tx
    .updateTable('app.job_attempt')
    .set({ outcome, ended_at: sql<Date>`clock_timestamp()` })
    .where('job_id', '=', job.id)
    .where('fence', '=', job.fence)
    .where('ended_at', 'is', null)
    .execute()
}

/** The database's clock: the only one that counts. */
export const databaseNow = async (tx: Tx): Promise<Date> => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
  const now = rows[0]?.now
  if (!now) throw new Error('The database did not tell its time.')
  return now
}
