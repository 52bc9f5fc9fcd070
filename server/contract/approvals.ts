import { z } from 'zod'
import { pageQuery } from './ids'

/** Seconds that a deploy job waits for a person, unless it says otherwise: seven days. */
export const defaultApprovalTimeout_s = 7 * 86_400

/** `expired`: nobody decided in time. `cancelled`: the job ended by itself while it waited. */
export const approvalStatus = z.enum(['pending', 'approved', 'rejected', 'expired', 'cancelled'])
export type ApprovalStatus = z.infer<typeof approvalStatus>

/** The question whether a model that passed its gate may go into service, and its answer. */
export const approval = z.object({
  id: z.string().describe('`appr_` + sortable id'),
  object: z.literal('approval'),
  status: approvalStatus,
  job_id: z.string().describe('the deploy job that waits'),
  deployment: z.string().describe('the name to be deployed under'),
  model: z.string(),
  artifact_hash: z.string().nullable().describe('of what was asked about; null for a base model'),
  evaluation_id: z.string().nullable().describe('the last evaluation of these artifacts when it was asked'),
  forced: z.boolean().describe('the gate failed, and the job says to deploy all the same'),
  requested_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  decided_at: z.iso.datetime().nullable(),
  decided_by: z
    .object({ api_key_id: z.string(), name: z.string().describe('of the key, when it decided') })
    .nullable()
    .describe('null while it is open, and where nobody decided'),
  reason: z.string().nullable(),
})
export type Approval = z.infer<typeof approval>

export const approvalQuery = pageQuery.extend({ status: approvalStatus.optional(), job_id: z.string().optional() })

export const approveRequest = z.object({
  reason: z.string().trim().max(1000).nullable().default(null),
})
export const rejectRequest = z.object({
  reason: z.string().trim().min(1).max(1000).describe('stands in the error of the job'),
})
