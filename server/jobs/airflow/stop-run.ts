import { AirflowError } from '../../airflow/error'
import type { ConnectedAirflow } from '../../connections/airflow'
import type { Db } from '../../storage/database'
import { logLine, mark, type OpenRun } from './open-runs'

/** A start that Airflow did not confirm may still arrive there for so long, in seconds. */
const lateStart_s = 60

type Stopped = 'stopped' | 'nothing_to_stop' | 'perhaps_later'

const stop = async ({ client }: ConnectedAirflow, run: OpenRun): Promise<Stopped> => {
  if (run.askedFor_s === null) return 'nothing_to_stop'
  try {
    const { state } = await client.run(run.dagId, run.runId)
    if (state === 'success' || state === 'failed') return 'nothing_to_stop'
    await client.failRun(run.dagId, run.runId)
    return 'stopped'
  } catch (error) {
    if (!(error instanceof AirflowError) || error.problem !== 'not_found') throw error
    return run.started || run.askedFor_s > lateStart_s ? 'nothing_to_stop' : 'perhaps_later'
  }
}

/**
 * Ends the run of a job that has ended before it: cancelled, or past its deadline. Airflow has no state for that, so the run
 * is marked failed. One that ended by itself stays as it is. Throws AirflowError where Airflow cannot be asked.
 */
export const stopRun = async (db: Db, airflow: ConnectedAirflow, run: OpenRun): Promise<void> => {
  const stopped = await stop(airflow, run)
  await db.transaction().execute(async (tx) => {
    if (stopped === 'stopped') await logLine(tx, run.jobId, 'The run in Airflow was ended as failed.')
    await mark(tx, run.jobId, stopped === 'perhaps_later' ? 'looked_at' : 'closed_at')
  })
}
