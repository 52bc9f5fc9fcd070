import { z } from 'zod'
import { resourceClass } from './jobs'

/** One queue per class of resources. A paused one gives out no jobs; those that run go on. */
export const queue = z.object({
  class: resourceClass,
  object: z.literal('queue'),
  queued: z.int(),
  running: z.int(),
  paused_at: z.iso.datetime().nullable(),
  paused_by: z.string().nullable().describe('id of the API key'),
})
export type Queue = z.infer<typeof queue>

export const byClass = z.object({ class: resourceClass })
