import { sql } from 'kysely'
import { ForgeError } from '../../contract/errors'
import type { Db, Tx } from '../../storage/database'
import { endJob } from './end-job'
import { logLine, mark, type OpenRun } from './open-runs'

/** How long a run that goes on in Airflow is waited for while Airflow cannot be asked about it, in seconds. */
const patience_s = 86_400
/** The same while it refuses the credentials: time to give the connection new ones. */
const patienceWithRefusal_s = 600

/**
 * Notes on a job that Airflow cannot be asked about its run just now: `status_reason` says why. It goes on when Airflow
 * answers again; until then the job's own `deadline_at` and `timeout_s` hold, and at last our patience. `away`: nothing can
 * be asked there, so the run is asked about as soon as Airflow is back; else it rests a while.
 */
export const noteTrouble = async (
  db: Db,
  run: OpenRun,
  error: ForgeError,
  { away }: { away: boolean },
): Promise<void> => {
  const limit = error.code === 'airflow_unavailable' ? patience_s : patienceWithRefusal_s
  const ended = isEnded(run)
  if ((run.failingFor_s ?? 0) > limit) {
    if (!ended) {
      await endJob(db, run, { error: error.toJobError() })
      return
    }
    await db.transaction().execute(async (tx) => {
      await logLine(tx, run.jobId, `The run in Airflow could not be ended: ${error.message}`)
      await mark(tx, run.jobId, 'closed_at')
    })
    return
  }
  await db.transaction().execute(async (tx) => {
    if (!ended) await setReason(tx, run.jobId, error.code)
    if (run.failingFor_s === null) await logLine(tx, run.jobId, error.message)
    await tx
      .updateTable('app.airflow_run')
      .set({
        looked_at: away ? null : sql<Date>`clock_timestamp()`,
        failing_since: sql<Date>`coalesce(failing_since, clock_timestamp())`,
      })
      .where('job_id', '=', run.jobId)
      .execute()
  })
}

/** Airflow answers again. */
export const clearTrouble = async (db: Db, run: OpenRun): Promise<void> => {
  if (run.failingFor_s === null) return
  await db.transaction().execute(async (tx) => {
    await setReason(tx, run.jobId, null)
    await tx.updateTable('app.airflow_run').set({ failing_since: null }).where('job_id', '=', run.jobId).execute()
  })
}

const setReason = async (tx: Tx, jobId: string, reason: string | null): Promise<void> => {
  await tx
    .updateTable('app.job')
    .set({ status_reason: reason })
    .where('id', '=', jobId)
    .where('status', '=', 'running')
    .execute()
}

/** The job has ended, so its run shall not go on. */
export const isEnded = ({ status }: OpenRun): boolean => status !== 'running'
