import { z } from 'zod'
import { jobError } from './errors'
import { jobStatus, stepKind } from './jobs'

/** Which jobs; what is left out does not narrow. At least one must be given. */
export const jobFilter = z
  .object({
    status: jobStatus.optional(),
    kind: stepKind.optional(),
    metadata: z.record(z.string().max(64), z.string().max(512)).optional().describe('jobs that carry all of these'),
    created_after: z.iso.datetime().optional(),
    created_before: z.iso.datetime().optional(),
  })
  .refine((filter) => Object.values(filter).some((value) => value !== undefined), {
    error: 'names no condition: it would be every job',
  })
export type JobFilter = z.infer<typeof jobFilter>

export const bulkJobs = z.object({
  action: z.enum(['cancel', 'retry']),
  filter: jobFilter,
  after: z.string().optional().describe('`last_id` of the call before'),
  dry_run: z.boolean().default(false).describe('only say which jobs it would be'),
})

export const bulkResult = z.object({
  dry_run: z.boolean(),
  matched: z.int().describe('jobs that the filter found, this call and those after it together'),
  done: z.array(z.string()).describe('jobs cancelled, or the new jobs; of a dry run those that it would be'),
  failed: z.array(z.object({ id: z.string(), error: jobError })),
  has_more: z.boolean().describe('a call takes at most 1,000 jobs, the oldest first: call again, with `after`'),
  last_id: z.string().nullable().describe('the last job that this call took; null where it found none'),
})
export type BulkResult = z.infer<typeof bulkResult>
