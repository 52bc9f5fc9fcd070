import { z } from 'zod'
import { createJob } from './create-job'
import { jobError } from './errors'
import { json } from './json'
import { applyRecipe } from './recipes'

const timeZone = z.string().refine(
  (zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      return true
    } catch {
      return false // RangeError: the zone is not known
    }
  },
  { error: 'is no IANA time zone such as Europe/Vienna' },
)

/** What is started at each time: a job, or a recipe. A fixed time in it would be over at the second start. */
export const scheduledWork = z
  .union([createJob, applyRecipe])
  .refine(({ job }) => job.run_at === null && job.deadline_at === null, {
    error: 'has a fixed run_at or deadline_at: leave them out, and limit its running time with timeout_s',
    path: ['job'],
  })

export const createSchedule = z.object({
  name: z.string().min(1).max(100).describe('unique in the project'),
  cron: z.string().max(100).describe('minute hour day-of-month month day-of-week, e.g. `0 2 * * *`'),
  time_zone: timeZone.default('UTC'),
  work: scheduledWork,
  overlap: z
    .enum(['skip', 'queue'])
    .default('skip')
    .describe('while the job before has not ended: start none, or start one that waits for it'),
  enabled: z.boolean().default(true),
})
export type CreateSchedule = z.infer<typeof createSchedule>

export const updateSchedule = z.object({
  cron: createSchedule.shape.cron.optional(),
  time_zone: timeZone.optional(),
  work: scheduledWork.optional(),
  overlap: z.enum(['skip', 'queue']).optional(),
  enabled: z.boolean().optional(),
})

export const schedule = z.object({
  id: z.string(),
  object: z.literal('schedule'),
  name: z.string(),
  cron: z.string(),
  time_zone: z.string(),
  work: z.record(z.string(), json).describe('as given, also where a newer version no longer takes it'),
  overlap: z.enum(['skip', 'queue']),
  enabled: z.boolean(),
  next_run_at: z.iso.datetime().nullable().describe('null while it is switched off'),
  last_run_at: z.iso.datetime().nullable().describe('the last time that came, also where it started nothing'),
  last_job_id: z.string().nullable(),
  last_error: jobError.nullable().describe('why the last time started nothing, and when it is tried again'),
  created_at: z.iso.datetime(),
})
export type Schedule = z.infer<typeof schedule>
