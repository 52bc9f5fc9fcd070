import type { IDataObject, INodeProperties } from 'n8n-workflow'
import type { Approval } from '../../shared/contract'
import { locator } from '../../shared/locators'
import { act, get, getMany, type Resource } from './operation'

const path = '/v1/approvals'
const field = locator({
  displayName: 'Approval',
  name: 'approval',
  description: 'The approval, by its ID; the event approval.requested and a waiting job name it',
  search: 'searchApprovals',
  placeholder: 'appr_…',
  collection: 'approvals',
})

const simplify = ({ id, status, ...approval }: Approval): IDataObject => ({
  approval_id: id,
  status,
  deployment: approval.deployment,
  model_id: approval.model,
  evaluation_id: approval.evaluation_id,
  gate_failed: approval.forced,
  job_id: approval.job_id,
  requested_at: approval.requested_at,
  expires_at: approval.expires_at,
  decided_at: approval.decided_at,
  decided_by: approval.decided_by?.name ?? null,
  reason: approval.reason,
})

const reasonField = (description: string, required: boolean): INodeProperties => ({
  displayName: 'Reason',
  name: 'reason',
  type: 'string',
  default: '',
  required,
  description,
})

const filters: INodeProperties[] = [
  {
    displayName: 'Job ID',
    name: 'job_id',
    type: 'string',
    default: '',
    placeholder: 'job_…',
    description: 'Approvals of one deploy job',
  },
  {
    displayName: 'Status',
    name: 'status',
    type: 'options',
    options: [
      { name: 'Approved', value: 'approved' },
      { name: 'Cancelled', value: 'cancelled' },
      { name: 'Expired', value: 'expired' },
      { name: 'Pending', value: 'pending' },
      { name: 'Rejected', value: 'rejected' },
    ],
    default: 'pending',
  },
]

const one = { path, field, simplify }

/** Deciding is a person's: agents can look approvals up, and no more. */
export const approvalResource: Resource = {
  name: 'Approval',
  value: 'approval',
  operations: [
    get({ ...one, action: 'Get an approval', description: 'What waits, and who decided when and why' }),
    getMany({
      path,
      simplify,
      filters,
      action: 'Get many approvals',
      description: 'Deployments that wait for a person or were decided, newest first',
    }),
    act({
      ...one,
      name: 'Approve',
      value: 'approve',
      method: 'POST',
      verb: '/approve',
      body: [reasonField('Kept with the approval', false)],
      action: 'Approve a deployment',
      description: 'Lets the deployment go on; needs a key with the scope approve',
    }),
    act({
      ...one,
      name: 'Reject',
      value: 'reject',
      method: 'POST',
      verb: '/reject',
      body: [reasonField('Leaves the waiting node by Failed, as the message of the error', true)],
      action: 'Reject a deployment',
      description: 'Cancels the deployment; needs a key with the scope approve',
    }),
  ],
}
