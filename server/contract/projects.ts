import { z } from 'zod'

/** What a project may cost in a calendar month (UTC). */
export const budget = z.object({
  monthly_cost: z
    .number()
    .positive()
    .describe('in the currency of the price table; at it, new jobs and calls are refused'),
  warn_at: z.number().min(0.01).max(1).default(0.8).describe('share of it at which an event warns'),
})
/** The project that the key belongs to, and its settings. */
export const project = z.object({
  id: z.string(),
  object: z.literal('project'),
  name: z.string(),
  require_deployment: z
    .boolean()
    .describe('true: a model is called through a deployment only; by its own name it gives 403 `model_not_released`'),
  budget: budget.nullable().describe('null: none'),
  spent_this_month: z.number().min(0).describe('since the first of the month (UTC)'),
  currency: z.string().length(3),
  created_at: z.iso.datetime(),
})
export type Project = z.infer<typeof project>
export const updateProject = project.pick({ require_deployment: true, budget: true }).partial()

/** A project of its own beside this one: jobs, data, models, keys and budget of one are not seen by the other. */
export const createProject = z.object({ name: z.string().trim().min(1).max(100) })
export const listedProject = project.pick({ id: true, object: true, name: true, created_at: true })
export const createdProject = listedProject.extend({
  key: z.string().describe('its first key, with the scope `admin`; shown once, only its SHA-256 is stored'),
})
