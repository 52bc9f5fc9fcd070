import { z } from 'zod'

/** OpenAI's call for embeddings. */
export const embeddingRequest = z.looseObject({
  model: z.string(),
  input: z
    .union([
      z.string().min(1),
      z.array(z.string().min(1)).min(1).max(2048),
      z.array(z.int()).min(1),
      z.array(z.array(z.int()).min(1)).min(1),
    ])
    .describe('one text or up to 2048; token ids, which OpenAI also takes, are refused'),
  encoding_format: z
    .enum(['float', 'base64'])
    .optional()
    .describe('float by default; base64 is 32-bit floats, little-endian'),
  dimensions: z.int().positive().nullish().describe("the model's own number, or left out"),
})
export type EmbeddingRequest = z.infer<typeof embeddingRequest>

/** Vectors of length 1, in the order of the texts. */
export const embeddingList = z.looseObject({
  object: z.literal('list'),
  data: z.array(
    z.looseObject({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
})
export type EmbeddingList = z.infer<typeof embeddingList>
