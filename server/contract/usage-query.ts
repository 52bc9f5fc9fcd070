import { z } from 'zod'
import { usage } from './usage'

export const usageQuery = z.object({
  group_by: z.enum(['job', 'kind', 'model', 'deployment', 'day', 'project']).default('day'),
  job_id: z.string().optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
})
export const usageRow = z.object({ key: z.string(), usage })
export const usageReport = z.object({
  object: z.literal('usage'),
  group_by: z.string(),
  rows: z.array(usageRow),
  total: usage,
})
