import { approval, approvalQuery, approveRequest, rejectRequest } from './approvals'
import { byId, pageOf } from './ids'
import { route } from './route'

/** Deploy jobs that wait for a person. The same decision again gives the same answer, another one is refused. */
export const approvalRoutes = {
  listApprovals: route({
    method: 'GET',
    path: '/v1/approvals',
    summary: 'List approvals, open and decided',
    scope: 'read',
    query: approvalQuery,
    reply: pageOf(approval),
    errors: ['invalid_request'],
  }),
  getApproval: route({
    method: 'GET',
    path: '/v1/approvals/:id',
    summary: 'One approval',
    scope: 'read',
    params: byId,
    reply: approval,
    errors: ['approval_not_found'],
  }),
  approve: route({
    once: true,
    method: 'POST',
    path: '/v1/approvals/:id/approve',
    summary: 'Let the deployment go on',
    scope: 'approve',
    params: byId,
    body: approveRequest,
    reply: approval,
    errors: ['approval_not_found', 'approval_decided', 'invalid_request'],
  }),
  reject: route({
    once: true,
    method: 'POST',
    path: '/v1/approvals/:id/reject',
    summary: 'Cancel the deployment, with a reason',
    scope: 'approve',
    params: byId,
    body: rejectRequest,
    reply: approval,
    errors: ['approval_not_found', 'approval_decided', 'invalid_request'],
  }),
} as const
