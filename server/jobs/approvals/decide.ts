import { sql } from 'kysely'
import type { Approval } from '../../contract/approvals'
import { ForgeError } from '../../contract/errors'
import { cleanJson, cleanText } from '../../storage/clean-text'
import type { Db, Tx } from '../../storage/database'
import { emitEvent } from '../../storage/sql/emit-event'
import { settleDependents } from '../dependents'
import { lockJob, moveJob, type JobRow } from '../move-job'
import { findApproval, viewApproval, type ApprovalRow } from './view-approval'

export interface Decision {
  id: string
  projectId: string
  verdict: 'approved' | 'rejected'
  reason: string | null
  /** id of the API key that decides */
  keyId: string
}

/**
 * Approves (the job goes back to the queue and on to the roll-out) or rejects (the job ends as cancelled, with the
 * reason). The same decision by the same key again gives the same answer. Throws `approval_not_found`, and
 * `approval_decided` naming who decided when.
 */
export const decideApproval = async (db: Db, decision: Decision): Promise<Approval> =>
  await db.transaction().execute(async (tx) => {
    const { id, projectId, verdict, keyId } = decision
    const reason = decision.reason === null ? null : cleanText(decision.reason)
    // the job's lock stands before every decision: of two at once the second finds what the first has written
    const job = await lockJob(tx, (await findApproval(tx, id, projectId)).job_id)
    const { name } = await tx.selectFrom('app.api_key').select('name').where('id', '=', keyId).executeTakeFirstOrThrow()
    const row = await tx
      .updateTable('app.approval')
      .set({
        status: verdict,
        decided_at: sql<Date>`clock_timestamp()`,
        decided_by: keyId,
        decided_by_name: name,
        reason,
      })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      // one that ran out a moment ago is the watch's to close
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .returningAll()
      .executeTakeFirst()
    if (!row) {
      const known = await findApproval(tx, id, projectId)
      const again = known.status === verdict && known.decided_by === keyId && known.reason === reason
      if (!again) throw new ForgeError('approval_decided', { id, outcome: outcomeOf(known) })
      return viewApproval(known)
    }
    await carryOut(tx, job, row, name)
    return viewApproval(row)
  })

/** What became of it, in words. */
const outcomeOf = ({ status, decided_by_name: name, decided_at: at, expires_at: end, reason }: ApprovalRow): string => {
  // nobody was in time, whether or not the watch has said so yet
  if (status === 'pending' || status === 'expired') return `it expired at ${end.toISOString()}`
  const when = at?.toISOString() ?? '?'
  if (status === 'cancelled') return `it was closed at ${when}. ${reason ?? ''}`.trim().replace(/\.$/, '')
  return `"${name ?? '?'}" ${status} it at ${when}${reason === null ? '' : ` (${reason})`}`
}

const carryOut = async (tx: Tx, job: JobRow, row: ApprovalRow, by: string): Promise<void> => {
  const { id, status, deployment, model, reason } = row
  await tx
    .insertInto('app.audit')
    .values({
      project_id: row.project_id,
      actor: row.decided_by ?? by,
      action: `approval.${status}`,
      subject: id,
      details: cleanJson({
        job_id: job.id,
        deployment,
        model,
        artifact_hash: row.artifact_hash,
        evaluation_id: row.evaluation_id,
        reason,
      }),
    })
    .execute()
  await emitEvent(tx, row.project_id, status === 'approved' ? 'approval.approved' : 'approval.rejected', {
    approval_id: id,
    job_id: job.id,
    deployment,
    model,
    evaluation_id: row.evaluation_id,
    decided_by: by,
    reason,
  })
  const event = { approval_id: id, decided_by: by }
  if (status === 'approved') {
    await moveJob(tx, job, 'approve', { event })
    return
  }
  const error = new ForgeError('approval_rejected', { by, model, deployment, reason }).toJobError()
  await settleDependents(tx, await moveJob(tx, job, 'reject', { error, event }))
}
