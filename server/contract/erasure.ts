import { z } from 'zod'

/** What erasing a file or a dataset did, and what it could not undo: models keep what they learned. */
export const erasure = z.object({
  id: z.string(),
  object: z.literal('erasure'),
  removed: z.array(z.string()).describe('SHA-256 of the bytes that are gone'),
  kept: z
    .array(
      z.object({
        sha256: z.string(),
        named_by: z.array(z.string()).describe('what of this project has the same bytes; erase it too'),
        other_projects: z.int().min(0).describe('how many names other projects have for them'),
      }),
    )
    .describe('bytes that stay, since something else has the same'),
  ended_jobs: z.array(z.string()).describe('jobs that still read it: failed with `input_erased`'),
  derived_datasets: z
    .array(z.string())
    .describe('dataset versions that were made of it, directly or not; erase their datasets too'),
  models: z
    .array(z.object({ id: z.string(), name: z.string(), deployments: z.array(z.string()) }))
    .describe('models trained on it or on what was made of it, and what serves them'),
})
export type Erasure = z.infer<typeof erasure>
