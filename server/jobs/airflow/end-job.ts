import type { JobError } from '../../contract/errors'
import type { Db } from '../../storage/database'
import type { Json } from '../../storage/tables'
import { settleDependents } from '../dependents'
import { lockJob, moveJob } from '../move-job'
import { isTerminal } from '../states'
import { mark, type OpenRun } from './open-runs'

/**
 * Ends a job with the result of its run or an error, and its run with it: nothing is left to do in Airflow. A job that has
 * ended meanwhile, cancelled say, stays as it is.
 */
export const endJob = async (
  db: Db,
  { jobId }: Pick<OpenRun, 'jobId'>,
  outcome: { result: Json } | { error: JobError },
): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    const job = await lockJob(tx, jobId)
    if (!isTerminal(job.status))
      await settleDependents(tx, await moveJob(tx, job, 'result' in outcome ? 'complete' : 'fail', outcome))
    await mark(tx, jobId, 'closed_at')
  })
}
