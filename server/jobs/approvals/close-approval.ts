import { sql } from 'kysely'
import type { JobStatus } from '../../contract/jobs'
import type { Tx } from '../../storage/database'

/** Closes the open question of a job that left `awaiting_approval` without an answer: cancelled, or past its deadline. */
export const closeApproval = async (tx: Tx, job: { id: string; status: JobStatus }): Promise<void> => {
  await tx
    .updateTable('app.approval')
    .set({
      status: 'cancelled',
      decided_at: sql<Date>`clock_timestamp()`,
      reason: `The job ended as ${job.status} before anyone decided.`,
    })
    .where('job_id', '=', job.id)
    .where('status', '=', 'pending')
    .execute()
}
