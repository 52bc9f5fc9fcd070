import { z } from 'zod'
import { energyMethod } from './usage'

/** What one meter saw of one attempt or replica in one interval. Append-only; known again by (attempt, meter, sequence). */
export const energySample = z.object({
  meter: z.string().max(64).describe('`cpu`, `gpu-0` …'),
  sequence: z.int().min(0),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  joules: z.number().min(0),
  method: energyMethod,
  covers: z.string().max(64),
  error_percent: z.number().min(0).nullable(),
  cpu_seconds: z.number().min(0),
  gpu_seconds: z.number().min(0),
})
export type EnergySample = z.infer<typeof energySample>
