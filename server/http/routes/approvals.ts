import { routes } from '../../contract/routes'
import { decideApproval } from '../../jobs/approvals/decide'
import { findApproval, viewApproval } from '../../jobs/approvals/view-approval'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

/** Deploy jobs that wait for a person: who may say so holds a key with the scope `approve`. */
export const approvalRoutes = (on: Register, { db }: Ports): void => {
  on(routes.listApprovals, async ({ query, caller }) => {
    const { status, job_id, ...page } = query
    let rows = db.selectFrom('app.approval').selectAll().where('project_id', '=', caller.projectId)
    if (status !== undefined) rows = rows.where('status', '=', status)
    if (job_id !== undefined) rows = rows.where('job_id', '=', job_id)
    const found = await pageOfRows(rows, page)
    return listOf(found.rows.map(viewApproval), found.has_more)
  })
  on(routes.getApproval, async ({ params, caller }) =>
    viewApproval(await findApproval(db, params.id, caller.projectId)),
  )
  on(routes.approve, ({ params, body, caller: { projectId, keyId } }) =>
    decideApproval(db, { id: params.id, projectId, keyId, verdict: 'approved', reason: body.reason }),
  )
  on(routes.reject, ({ params, body, caller: { projectId, keyId } }) =>
    decideApproval(db, { id: params.id, projectId, keyId, verdict: 'rejected', reason: body.reason }),
  )
}
