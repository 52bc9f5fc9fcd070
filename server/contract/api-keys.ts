import { z } from 'zod'

export const scope = z.enum(['read', 'write', 'generate', 'approve', 'worker', 'admin'])
export type Scope = z.infer<typeof scope>
export const createApiKey = z.object({ name: z.string().min(1).max(100), scopes: z.array(scope).min(1) })
export const apiKey = z.object({
  id: z.string(),
  object: z.literal('api_key'),
  name: z.string(),
  scopes: z.array(scope),
  project_id: z.string(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
})
export const createdApiKey = apiKey.extend({ key: z.string().describe('shown once; only its SHA-256 is stored') })
