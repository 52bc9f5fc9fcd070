import { sql } from 'kysely'
import type { Db } from '../database'
import { usedByOpenJob } from './names-of-blob'

/** Checkpoints of a job that failed or was cancelled are kept for so many days: training can go on from them. */
const keptDays = 7

/**
 * Deletes the checkpoints that nobody is to call any more: of jobs that failed or were cancelled more than a week ago,
 * and of deleted models. Those that an open job starts from stay, and all of open jobs and of models.
 */
export const dropCheckpoints = async (db: Db): Promise<void> => {
  await sql`delete from app.checkpoint checkpoint using app.job job
    where job.id = checkpoint.job_id
      and (job.status in ('failed', 'cancelled') and job.ended_at < clock_timestamp() - make_interval(days => ${keptDays})
        or exists (select 1 from app.model model where model.job_id = job.id and model.deleted_at is not null))
      and not ${usedByOpenJob(sql`replace(job.id, 'job_', 'ftjob_') || ':ckpt-step-' || checkpoint.step`)}`.execute(db)
}
