import { z } from 'zod'

/** A job that only waits: it proves the queue, the lease and the kill paths without a model. */
export const sleepInput = z.object({
  seconds: z.number().min(0).max(3600),
  checkpoint_every_seconds: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('a lost attempt goes on from the last one'),
  fail_with: z.enum(['user_error', 'out_of_memory']).nullable().default(null),
})
