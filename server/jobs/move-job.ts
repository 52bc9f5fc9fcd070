import { ForgeError, type JobError } from '../contract/errors'
import { sql, type Selectable } from 'kysely'
import { appendEvent, notify } from '../storage/sql/append-event'
import { cleanJson } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import type { Json, Tables } from '../storage/tables'
import { isTerminal, outcomeOf, type JobAction } from './states'

export type JobRow = Selectable<Tables['app.job']>

/** The job under its row lock; every change of state starts here. */
export const lockJob = async (tx: Tx, id: string): Promise<JobRow> => {
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
  if (to === null) throw new ForgeError('illegal_move', { from: job.status, action })
  if (to === job.status) return job
  const now = await databaseNow(tx)
  const requeue = to === 'queued'
  const row = await tx.updateTable('app.job').where('id', '=', job.id).set((eb) => ({
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
  })).returningAll().executeTakeFirstOrThrow()
  if (requeue) await tx.insertInto('app.outbox').values({ job_id: row.id, dispatch_no: row.dispatch_no }).execute()
  await appendEvent(tx, row.id, `job.${to}`, { from: job.status, ...facts.event, ...(facts.error ? { error: facts.error } : {}) })
  if (requeue) await notify(tx, 'outbox')
  // the worker's held heartbeat answers at once
  if (to === 'cancelled' || to === 'pausing' || facts.raiseFence) await notify(tx, `command:${row.id}`)
  return row
}

/** The database's clock: the only one that counts. */
export const databaseNow = async (tx: Tx): Promise<Date> => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
  const now = rows[0]?.now
  if (!now) throw new Error('The database did not tell its time.')
  return now
}
