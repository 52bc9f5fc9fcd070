import { sql } from 'kysely'
import type { AirflowDagInput } from '../../contract/airflow'
import type { Db, Tx } from '../../storage/database'
import { concurrencyKeyIsBusy } from '../lease'
import { lockJob, moveJob, type JobRow } from '../move-job'
import { concurrencyKeyHasRoom } from '../placement'
import { markPaused, pausedClasses } from '../queue-pause'

/** Jobs of one turn; the rest is for the next. */
const together = 100

/** The id of the run in Airflow: a start that is repeated, by whatever server, names the same one. */
export const dagRunIdOf = (jobId: string): string => `forge__${jobId}`
/** What all these ids have in common. */
export const dagRunIdPattern = 'forge__'

/**
 * Moves the queued jobs of class `server` that are due to `running`, by priority and age, as a lease does for a worker:
 * pauses of the class and concurrency keys hold here too. Returns how many.
 */
export const takeQueuedRuns = async (db: Db): Promise<number> => {
  if ((await pausedClasses(db)).has('server')) {
    await markPaused(db, 'server')
    return 0
  }
  const due = await db
    .selectFrom('app.job')
    .select('id')
    .where('status', '=', 'queued')
    .where('class', '=', 'server')
    .where(sql<boolean>`(run_at is null or run_at <= clock_timestamp())`)
    .where(concurrencyKeyHasRoom)
    .orderBy('priority')
    .orderBy('queued_at')
    .orderBy('id')
    .limit(together)
    .execute()
  let taken = 0
  for (const { id } of due) if (await db.transaction().execute((tx) => take(tx, id))) taken += 1
  return taken
}

const take = async (tx: Tx, id: string): Promise<boolean> => {
  const job = await lockJob(tx, id)
  // another server was quicker
  if (job.status !== 'queued' || (await concurrencyKeyIsBusy(tx, job))) return false
  await moveJob(tx, job, 'lease', { event: { class: job.class } })
  await tx
    .updateTable('app.job')
    .set((eb) => ({ attempt: eb('attempt', '+', 1) }))
    .where('id', '=', id)
    .execute()
  await addRun(tx, job)
  return true
}

const addRun = async (tx: Tx, job: JobRow): Promise<void> => {
  const { connection, dag_id } = job.input as unknown as AirflowDagInput
  if (connection === null) throw new Error(`The job ${job.id} was stored without the connection that it runs on.`)
  await tx
    .insertInto('app.airflow_follow')
    .values({ connection_id: connection, project_id: job.project_id })
    .onConflict((on) => on.doNothing())
    .execute()
  await tx
    .insertInto('app.airflow_run')
    .values({ job_id: job.id, connection_id: connection, dag_id, dag_run_id: dagRunIdOf(job.id) })
    .execute()
}
