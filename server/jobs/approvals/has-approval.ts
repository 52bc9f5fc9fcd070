import { sql } from 'kysely'
import { defaultApprovalTimeout_s } from '../../contract/approvals'
import type { Tx } from '../../storage/database'
import { newId } from '../../storage/new-id'
import { emitEvent } from '../../storage/sql/emit-event'
import { endAttempt, lockLease } from '../attempt'
import { parseLeaseId } from '../lease-id'
import { lockJob, moveJob, type JobRow } from '../move-job'

/** What a person is asked about: a model that may be deployed, and what is known of it. */
export interface Question {
  deployment: string
  model: string
  artifact_hash: string | null
  evaluation_id: string | null
  forced: boolean
}

/**
 * Whether a person has approved that the job of this lease deploys exactly these artifacts. If not, it asks: the job
 * waits in `awaiting_approval` and its attempt ends here, so that it holds neither a slot nor a lease. Asking again
 * changes nothing. `question` is called only when the lease holds, and may throw why there is nothing to ask. Throws
 * `lease_lost`.
 *
 * @param timeoutSeconds - how long a person may take. Default: seven days
 */
export const hasApproval = async (
  tx: Tx,
  lease: string,
  question: () => Promise<Question>,
  timeoutSeconds = defaultApprovalTimeout_s,
): Promise<boolean> => {
  const { jobId, fence } = parseLeaseId(lease)
  const asked = await lockJob(tx, jobId)
  // the answer to the first call was lost on its way
  if (asked.fence === fence && asked.status === 'awaiting_approval') return false
  const job = await lockLease(tx, lease)
  // it was asked to pause meanwhile: the worker hands it back, and whoever resumes it is asked then
  if (job.status === 'pausing') return false
  const about = await question()
  const approved = await tx
    .selectFrom('app.approval')
    .select('id')
    .where('job_id', '=', job.id)
    .where('status', '=', 'approved')
    .where(sql<boolean>`artifact_hash is not distinct from ${about.artifact_hash}`)
    .executeTakeFirst()
  if (approved) return true
  await askFor(tx, job, about, timeoutSeconds)
  return false
}

const askFor = async (tx: Tx, job: JobRow, about: Question, timeoutSeconds: number): Promise<void> => {
  const row = await tx
    .insertInto('app.approval')
    .values({
      id: newId('approval'),
      project_id: job.project_id,
      job_id: job.id,
      ...about,
      // clock_timestamp(), not now(): now() stands still inside a transaction
      expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${timeoutSeconds})`,
    })
    .returning(['id', 'expires_at'])
    .executeTakeFirstOrThrow()
  // the attempt is over before anyone can decide: what its worker says later gets this answer
  await endAttempt(tx, job, 'awaiting_approval', { status: 'awaiting_approval', result: null })
  await moveJob(tx, job, 'ask_approval', { reason: row.id, event: { approval_id: row.id } })
  await emitEvent(tx, job.project_id, 'approval.requested', {
    approval_id: row.id,
    job_id: job.id,
    deployment: about.deployment,
    model: about.model,
    evaluation_id: about.evaluation_id,
    expires_at: row.expires_at.toISOString(),
  })
}
