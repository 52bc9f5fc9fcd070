import { z } from 'zod'
import { createJob } from './create-job'
import { job, jobOptions, jobStatus, origin } from './jobs'

/** Members of one group. */
export const largestGroup = 1000

/** `running` until every member has ended; `failed`: at least one failed, whatever the others did. */
export const jobGroupStatus = z.enum(['running', 'succeeded', 'failed', 'cancelled', 'timed_out'])
export type JobGroupStatus = z.infer<typeof jobGroupStatus>

/** `asked`: by a caller. `nobody_waits`: whoever is behind its callbacks said so, again and again. */
export const groupCancelReason = z.enum(['asked', 'nobody_waits'])
export type GroupCancelReason = z.infer<typeof groupCancelReason>

/** `waiting` while the group runs. `refused`: the receiver does not want it. `failed`: given up after many tries. */
export const callbackStatus = z.enum(['waiting', 'pending', 'delivered', 'refused', 'failed'])
export type CallbackStatus = z.infer<typeof callbackStatus>

/** Jobs that are made together, or not at all, and waited for together. */
export const createJobGroup = z.object({
  jobs: z.array(createJob).min(1).max(largestGroup),
  callback_url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .nullable()
    .default(null)
    .describe(
      'called once, when every job has ended; it must answer a ping now. Another one with a known Idempotency-Key is called as well',
    ),
  deadline_seconds: z
    .int()
    .positive()
    .max(365 * 86_400)
    .nullable()
    .default(null)
    .describe('then the open jobs are cancelled and the group is `timed_out`'),
  orphan_after_seconds: z
    .int()
    .positive()
    .max(365 * 86_400)
    .nullable()
    .optional()
    .describe(
      'cancel when whoever is behind `callback_url` has said for so long that nobody waits there; asked three times meanwhile. null: never. Default 900 where the origin is n8n, else null',
    ),
  origin: origin.nullable().default(null).describe('of every job that names none itself'),
  metadata: jobOptions.shape.metadata,
  on_existing: jobOptions.shape.on_existing.describe(
    'what an Idempotency-Key that is known gives; `replace_failed`: a new group, unless the earlier one runs or succeeded',
  ),
})
export type CreateJobGroup = z.infer<typeof createJobGroup>

export const groupCallback = z.object({
  url: z.string().describe('without its query, which may hold a token'),
  status: callbackStatus,
  attempts: z.int(),
  last_status: z.int().nullable().describe('HTTP status of the last answer'),
  last_error: z.string().nullable(),
  next_attempt_at: z.iso.datetime().nullable(),
})

export const jobGroup = z.object({
  id: z.string().describe('`grp_` + sortable id'),
  object: z.literal('job_group'),
  status: jobGroupStatus,
  cancel_reason: groupCancelReason.nullable(),
  counts: z.partialRecord(jobStatus, z.int()).describe('jobs by status'),
  job_ids: z.array(z.string()).describe('in the order given'),
  callback: groupCallback.nullable().describe('of the last call that made the group or found it'),
  origin: origin.nullable(),
  metadata: z.record(z.string(), z.string()),
  deadline_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
})
export type JobGroup = z.infer<typeof jobGroup>

/** A member with its place in the group, from 0. */
export const jobGroupResult = z.object({ index: z.int(), job })

export const jobGroupResultQuery = z.object({
  after: z.coerce.number().int().min(0).optional().describe('index of the last member seen'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})

/** What is POSTed to a group's `callback_url`: ids and states only, the receiver fetches the results with its key. */
export const groupCallbackBody = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('job_group.ended'),
    group_id: z.string(),
    status: jobGroupStatus,
    jobs: z.array(z.object({ id: z.string(), status: jobStatus })),
  }),
  z.object({ type: z.literal('ping'), group_id: z.string().nullable() }),
])
export type GroupCallbackBody = z.infer<typeof groupCallbackBody>
