import { sql } from 'kysely'
import type { KeptCheckpoint } from '../contract/workers'
import type { Tx } from '../storage/database'
import { notify } from '../storage/sql/append-event'
import type { JobRow } from './move-job'
import { isTerminal } from './states'

const durableStep = sql<number>`coalesce((select max(step) from app.checkpoint where job_id = app.job.id), -1)`

/**
 * A job that went back to the queue waits for the worker that holds a newer checkpoint of it than the server, for at
 * most `seconds`; others wait for nothing. Call it in the transaction that requeued it.
 */
export const waitForKeeper = async (tx: Tx, job: JobRow, seconds: number): Promise<void> => {
  await tx
    .updateTable('app.job')
    .set({
      status_reason: 'waits_for_worker',
      waits_for_worker_until: sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`,
    })
    .where('id', '=', job.id)
    .where('status', '=', 'queued')
    .where('kept_by', 'is not', null)
    .where(sql<boolean>`kept_step > ${durableStep}`)
    .where(sql<boolean>`${seconds} > 0`)
    .execute()
}

/** A worker that started again holds only what it names: no job waits for what it lost with its disk. */
export const dropUnkept = async (tx: Tx, workerId: string, kept: readonly KeptCheckpoint[]): Promise<void> => {
  await sql`update app.job set kept_by = null, kept_step = null, waits_for_worker_until = null,
      status_reason = nullif(status_reason, 'waits_for_worker')
    where kept_by = ${workerId} and status in ('queued', 'paused')
      and id <> all(${kept.map(({ job_id }) => job_id)}::text[])`.execute(tx)
}

/**
 * Takes note of what a worker still holds of jobs that it does not run now. A queued job that was lost less than
 * `seconds` ago waits for it from now on. Returns the jobs whose checkpoints it need not keep.
 */
export const noteKept = async (
  tx: Tx,
  workerId: string,
  kept: readonly KeptCheckpoint[],
  seconds: number,
): Promise<string[]> => {
  if (kept.length === 0) return []
  const rows = await tx
    .selectFrom('app.job')
    .select(['id', 'status', 'worker_id', 'kept_by', 'kept_step', durableStep.as('durable')])
    .where(
      'id',
      'in',
      kept.map(({ job_id }) => job_id),
    )
    .execute()
  const forget: string[] = []
  for (const { job_id, step } of kept) {
    const row = rows.find(({ id }) => id === job_id)
    const elsewhere = row?.worker_id !== null && row?.worker_id !== workerId
    if (!row || isTerminal(row.status) || row.durable >= step || elsewhere) {
      forget.push(job_id)
      continue
    }
    if (row.worker_id !== null || (row.kept_by === workerId && row.kept_step === step)) continue
    if (row.kept_by !== null && row.kept_by !== workerId && (row.kept_step ?? -1) >= step) continue
    await sql`update app.job set kept_by = ${workerId}, kept_step = ${step},
        waits_for_worker_until = case when attempt > 0 then queued_at + make_interval(secs => ${seconds}) end,
        status_reason = case when status = 'queued' and attempt > 0
          and queued_at + make_interval(secs => ${seconds}) > clock_timestamp() then 'waits_for_worker' else status_reason end
      where id = ${job_id} and status in ('queued', 'paused')`.execute(tx)
  }
  if (forget.length < kept.length) await notify(tx, 'ticket')
  return forget
}
