import { runUrl } from '../../airflow/client'
import { AirflowError } from '../../airflow/error'
import type { ConnectedAirflow } from '../../connections/airflow'
import { ForgeError } from '../../contract/errors'
import type { Progress } from '../../contract/jobs'
import { cleanJson } from '../../storage/clean-text'
import type { Db } from '../../storage/database'
import { logLine, mark, type OpenRun } from './open-runs'

/**
 * Starts the run of a job in Airflow, or takes up the one that an earlier try started. Throws ForgeError for what another
 * try would not change (no such DAG, paused, refused), and AirflowError where Airflow cannot be asked.
 */
export const startRun = async (db: Db, airflow: ConnectedAirflow, run: OpenRun): Promise<void> => {
  const { client, baseUrl } = airflow
  const { dagId, runId, input } = run
  const url = runUrl(baseUrl, { dagId, runId })
  const started = async (what: string): Promise<void> => {
    const progress: Progress = { step: 0, total: null, unit: 'tasks', eta_seconds: null, metrics: {}, url, tasks: [] }
    await db.transaction().execute(async (tx) => {
      await mark(tx, run.jobId, 'started_at')
      await tx
        .updateTable('app.job')
        .set({ progress: cleanJson(progress) })
        .where('id', '=', run.jobId)
        .execute()
      await logLine(tx, run.jobId, `${what}: ${url}`)
    })
  }
  // after a lost answer the run is there, also where its DAG was paused or removed since
  if (run.askedFor_s !== null && (await exists(airflow, run))) {
    await started('The run was there already')
    return
  }
  await checkDag(airflow, dagId)
  await mark(db, run.jobId, 'asked_at')
  const { conf, logical_date, note } = input
  try {
    const { adopted } = await client.startRun(dagId, { dag_run_id: runId, logical_date, conf, note })
    await started(adopted ? 'The run was there already' : 'The run was started')
  } catch (error) {
    if (!(error instanceof AirflowError)) throw error
    if (error.problem === 'not_found') throw noSuchDag(airflow, dagId, error)
    if (error.problem === 'refused') throw refused(dagId, error.message, error)
    if (error.problem === 'conflict')
      throw refused(dagId, `it has another run for the logical date ${logical_date ?? ''}`, error)
    throw error
  }
}

const refused = (dag_id: string, detail: string, cause: unknown): ForgeError =>
  new ForgeError('airflow_run_refused', { dag_id, detail }, { cause })

/** Also for one that Airflow still lists, but whose file is gone. */
const noSuchDag = ({ baseUrl }: ConnectedAirflow, dag_id: string, cause?: unknown): ForgeError =>
  new ForgeError('airflow_dag_not_found', { host: new URL(baseUrl).host, dag_id }, { cause })

const exists = async ({ client }: ConnectedAirflow, { dagId, runId }: OpenRun): Promise<boolean> => {
  try {
    await client.run(dagId, runId)
    return true
  } catch (error) {
    if (error instanceof AirflowError && error.problem === 'not_found') return false
    throw error
  }
}

const checkDag = async (airflow: ConnectedAirflow, dagId: string): Promise<void> => {
  try {
    const { is_paused, is_stale } = await airflow.client.dag(dagId)
    if (is_stale) throw noSuchDag(airflow, dagId)
    if (is_paused) throw new ForgeError('airflow_dag_paused', { dag_id: dagId })
  } catch (error) {
    throw error instanceof AirflowError && error.problem === 'not_found' ? noSuchDag(airflow, dagId, error) : error
  }
}
