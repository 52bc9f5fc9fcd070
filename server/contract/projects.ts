import { z } from 'zod'

/** The project that the key belongs to, and its settings. */
export const project = z.object({
  id: z.string(),
  object: z.literal('project'),
  name: z.string(),
  require_deployment: z
    .boolean()
    .describe('true: a model is called through a deployment only; by its own name it gives 403 `model_not_released`'),
  created_at: z.iso.datetime(),
})
export type Project = z.infer<typeof project>
export const updateProject = project.pick({ require_deployment: true }).partial()
