import type { Selectable } from 'kysely'
import type { Approval } from '../../contract/approvals'
import { ForgeError } from '../../contract/errors'
import type { Tx } from '../../storage/database'
import type { Tables } from '../../storage/tables'

export type ApprovalRow = Selectable<Tables['app.approval']>

/** An approval as it is shown. */
export const viewApproval = (row: ApprovalRow): Approval => ({
  id: row.id,
  object: 'approval',
  status: row.status,
  job_id: row.job_id,
  deployment: row.deployment,
  model: row.model,
  artifact_hash: row.artifact_hash,
  evaluation_id: row.evaluation_id,
  forced: row.forced,
  requested_at: row.requested_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  decided_at: row.decided_at?.toISOString() ?? null,
  decided_by: row.decided_by === null ? null : { api_key_id: row.decided_by, name: row.decided_by_name ?? '' },
  reason: row.reason,
})

/** An approval of a project. Throws `approval_not_found`. */
export const findApproval = async (tx: Tx, id: string, projectId: string): Promise<ApprovalRow> => {
  const row = await tx
    .selectFrom('app.approval')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  if (!row) throw new ForgeError('approval_not_found', { id })
  return row
}
