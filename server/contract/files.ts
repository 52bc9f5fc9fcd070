import { z } from 'zod'
import { pageQuery } from './ids'

export const filePurpose = z.enum(['fine-tune', 'batch', 'dataset', 'evals'])

/** OpenAI's file object. */
export const file = z.object({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int(),
  created_at: z.int().describe('Unix seconds'),
  filename: z.string(),
  purpose: filePurpose,
  status: z.enum(['uploaded', 'processed', 'error']),
  sha256: z.string(),
})
export type FileObject = z.infer<typeof file>
export const fileQuery = pageQuery.extend({ purpose: filePurpose.optional() })
/** A raw body instead of multipart: `PUT /v1/files/content?purpose=&filename=`. */
export const rawUploadQuery = z.object({ purpose: filePurpose, filename: z.string().min(1).max(255) })
