import { z } from 'zod'
import { jobError } from './errors'
import { jobGroupStatus } from './job-groups'
import { stepKind } from './jobs'
import { pageQuery } from './ids'

const jobEnded = z.object({
  job_id: z.string(),
  kind: stepKind,
  group_id: z.string().nullable(),
  parent_id: z.string().nullable(),
  error: jobError.nullable(),
})

const asked = {
  approval_id: z.string(),
  job_id: z.string(),
  deployment: z.string(),
  model: z.string(),
  evaluation_id: z.string().nullable(),
}
const decided = z.object({ ...asked, decided_by: z.string(), reason: z.string().nullable() })

const budgetState = z.object({
  project_id: z.string(),
  month: z.string().describe('`2026-12`, in UTC'),
  spent: z.number(),
  monthly_cost: z.number(),
})

/** One kind of event: what it carries, since which version, and when it is sent. */
interface EventEntry {
  since: string
  summary: string
  data: z.ZodObject
}

/**
 * Every event that Forge sends. Payloads carry ids and verdicts; results are fetched with a key. Webhook endpoints, the
 * n8n trigger and `docs/events.md` follow from this table; a part that emits a new event adds it here.
 */
export const events = {
  'job.succeeded': { since: '0.1.0', summary: 'A job ended well.', data: jobEnded },
  'job.failed': { since: '0.1.0', summary: 'A job ended with an error.', data: jobEnded },
  'job.cancelled': { since: '0.1.0', summary: 'A job was cancelled.', data: jobEnded },
  'job_group.ended': {
    since: '0.1.0',
    summary: 'The last job of a group ended.',
    data: z.object({ group_id: z.string(), status: jobGroupStatus }),
  },
  'dataset.version_created': {
    since: '0.1.0',
    summary: 'An ingest job made a version of a dataset.',
    data: z.object({
      dataset_id: z.string(),
      dataset_version_id: z.string(),
      version: z.int(),
      rows: z.int(),
      validation_rows: z.int(),
      job_id: z.string(),
    }),
  },
  'model.created': {
    since: '0.1.0',
    summary: 'A fine-tuning job made a model.',
    data: z.object({ model_id: z.string(), name: z.string(), job_id: z.string() }),
  },
  'evaluation.completed': {
    since: '0.1.0',
    summary: 'An evaluation has a verdict.',
    data: z.object({ evaluation_id: z.string(), model: z.string(), passed: z.boolean(), job_id: z.string() }),
  },
  'deployment.ready': {
    since: '0.1.0',
    summary: 'A generation of a deployment serves: its first, a new one, or an earlier one rolled back to.',
    data: z.object({ deployment_id: z.string(), name: z.string(), generation: z.int(), model: z.string() }),
  },
  'deployment.failed': {
    since: '0.1.0',
    summary: 'A generation of a deployment did not start; what served before still does.',
    data: z.object({ deployment_id: z.string(), name: z.string(), generation: z.int(), error: z.string() }),
  },
  'approval.requested': {
    since: '0.1.0',
    summary: 'A deploy job passed its gate and waits for a person.',
    data: z.object({ ...asked, expires_at: z.iso.datetime() }),
  },
  'approval.approved': { since: '0.1.0', summary: 'A person let a deployment go on.', data: decided },
  'approval.rejected': { since: '0.1.0', summary: 'A person cancelled a deployment, with a reason.', data: decided },
  'budget.warning': {
    since: '0.1.0',
    summary: 'A project has used up the share of its budget that it wants to be warned at; once a month.',
    data: budgetState,
  },
  'budget.exceeded': {
    since: '0.1.0',
    summary: 'A project has used up its budget: new jobs and calls are refused until the month ends. Once a month.',
    data: budgetState,
  },
  'approval.expired': {
    since: '0.1.0',
    summary: 'Nobody decided in time; the deploy job is cancelled.',
    data: z.object({ ...asked, expires_at: z.iso.datetime() }),
  },
} as const satisfies Record<string, EventEntry>

export type EventType = keyof typeof events
export type EventData<T extends EventType> = z.input<(typeof events)[T]['data']>

export const eventType = z.enum(Object.keys(events) as [EventType, ...EventType[]])

/** An event as it is listed and delivered. */
export const event = z.object({
  id: z.string().describe('`evt_` + sortable id; the `webhook-id` of its delivery'),
  object: z.literal('event'),
  type: eventType,
  created_at: z.iso.datetime(),
  data: z.record(z.string(), z.json()),
})
export type ForgeEvent = z.infer<typeof event>

const eventTypes = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(eventType))
  .optional()
  .describe('names parted by commas; without it all')

export const eventQuery = pageQuery.extend({ types: eventTypes })
export const eventStreamQuery = z.object({ types: eventTypes })
export const eventSampleQuery = z.object({ type: eventType })
export const eventSample = event.extend({
  sample: z.boolean().describe('true: made up, since none of this type has happened yet'),
})
