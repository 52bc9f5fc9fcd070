import { z } from 'zod'

/** Upper bounds in seconds of the classes that the durations of calls are counted in; a last class is above them. */
export const durationBounds_s = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const

export const trafficQuery = z.object({
  minutes: z.coerce.number().int().min(1).max(44_640).default(60).describe('how far back; kept for 31 days'),
})
export const traffic = z.object({
  object: z.literal('traffic'),
  deployment_id: z.string(),
  minutes: z.int(),
  requests: z.int(),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  tokens_per_second: z.number().nullable().describe('generated, per second that a call took; null: no call'),
  duration_seconds: z
    .object({ p50: z.number(), p95: z.number() })
    .nullable()
    .describe('from a call to the end of its answer; estimated within classes of duration, null: no call'),
  rows: z
    .array(z.object({ minute: z.iso.datetime(), requests: z.int(), completion_tokens: z.int() }))
    .describe('minutes with a call, the oldest first'),
})
export type Traffic = z.infer<typeof traffic>
