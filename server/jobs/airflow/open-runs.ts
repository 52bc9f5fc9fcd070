import { sql } from 'kysely'
import type { AirflowDagInput } from '../../contract/airflow'
import type { JobStatus, Progress } from '../../contract/jobs'
import { cleanText } from '../../storage/clean-text'
import type { Db, Tx } from '../../storage/database'

/** A run that something is left to do for in Airflow. Ages are by the database's clock. */
export interface OpenRun {
  jobId: string
  dagId: string
  runId: string
  status: JobStatus
  input: AirflowDagInput
  progress: Progress | null
  /** The start was sent so many seconds ago; null: never. */
  askedFor_s: number | null
  started: boolean
  /** Seconds since Airflow was last asked about it; null: never. */
  looked_s: number | null
  /** Seconds since when it could not be asked about; null: it can. */
  failingFor_s: number | null
}

/** The open runs of a connection, oldest first. */
export const openRuns = async (db: Db, connectionId: string): Promise<OpenRun[]> => {
  const age = (column: string) =>
    sql<number | null>`extract(epoch from clock_timestamp() - ${sql.ref(`app.airflow_run.${column}`)})::float8`
  const rows = await db
    .selectFrom('app.airflow_run')
    .innerJoin('app.job', 'app.job.id', 'app.airflow_run.job_id')
    .select(['job_id', 'dag_id', 'dag_run_id', 'status', 'input', 'progress'])
    .select('app.airflow_run.started_at')
    .select([age('asked_at').as('asked'), age('looked_at').as('looked'), age('failing_since').as('failing')])
    .where('app.airflow_run.connection_id', '=', connectionId)
    .where('closed_at', 'is', null)
    .orderBy('job_id')
    .execute()
  return rows.map((row) => ({
    jobId: row.job_id,
    dagId: row.dag_id,
    runId: row.dag_run_id,
    status: row.status,
    input: row.input as unknown as AirflowDagInput,
    progress: row.progress,
    askedFor_s: row.asked,
    started: row.started_at !== null,
    looked_s: row.looked,
    failingFor_s: row.failing,
  }))
}

type Mark = 'asked_at' | 'started_at' | 'looked_at' | 'closed_at'

/** Writes the time of something on a run. */
export const mark = async (tx: Tx, jobId: string, what: Mark): Promise<void> => {
  await tx
    .updateTable('app.airflow_run')
    .set({ [what]: sql<Date>`clock_timestamp()` })
    .where('job_id', '=', jobId)
    .execute()
}

/** Adds a line to the job's log. */
export const logLine = async (tx: Tx, jobId: string, line: string): Promise<void> => {
  await tx
    .insertInto('app.job_log')
    .values((eb) => ({
      job_id: jobId,
      attempt: eb.selectFrom('app.job').select('attempt').where('id', '=', jobId).$asScalar().$notNull(),
      at: sql<Date>`clock_timestamp()`,
      line: cleanText(line),
    }))
    .execute()
}
