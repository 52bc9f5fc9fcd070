import { z } from 'zod'
import { json } from './json'
import { chatMessage, chatUsage } from './chat'
import { jobError } from './errors'
import { productFormat } from './ingest'
import { jobOptions } from './jobs'

/** One thing to write: a prompt, and what the caller wants back beside the text. */
export const generationItem = z.object({
  messages: z.array(chatMessage).min(1),
  metadata: z.record(z.string(), json).default({}),
})
export type GenerationItem = z.infer<typeof generationItem>

/** Items given one by one, or a template over rows, or a product export crossed with languages and channels. */
export const generationSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('items'), items: z.array(generationItem).min(1).max(10_000) }),
  z.object({
    type: z.literal('rows'),
    template: z.string().describe('Jinja over the columns of a row'),
    system: z.string().nullable().default(null),
    rows: z.array(z.record(z.string(), json)).min(1).max(10_000),
  }),
  z.object({
    type: z.literal('products'),
    file_id: z.string(),
    format: productFormat,
    prompt_template: z.string(),
    languages: z.array(z.string()).min(1),
    channels: z.array(z.string()).min(1),
    fact_columns: z.record(z.string(), z.array(z.string())).default({}),
  }),
])
export const generateInput = z.object({
  model: z.string(),
  compare_with: z
    .string()
    .nullable()
    .default(null)
    .describe('another model that writes `compare_items` of the items too, of as many products as there are'),
  compare_items: z.int().min(0).max(100).default(6),
  source: generationSource,
  max_tokens: z.int().min(1).max(4096).default(64),
  temperature: z.number().min(0).max(2).default(0),
  response_format: z.record(z.string(), json).nullable().default(null),
})
export type GenerateInput = z.infer<typeof generateInput>
export const createGeneration = generateInput.extend({ job: jobOptions.prefault({}) })

/** In the order of the items; an item that failed carries its error and no text. */
export const generationRow = z.object({
  index: z.int(),
  metadata: z.record(z.string(), json),
  text: z.string().nullable(),
  compare_text: z.string().nullable(),
  usage: chatUsage.nullable(),
  error: jobError.nullable(),
})
export type GenerationRow = z.infer<typeof generationRow>
export const generation = z.object({
  id: z.string().describe('the id of its job'),
  object: z.literal('generation'),
  status: z.string(),
  items: z.int().nullable(),
  failed_items: z.int().nullable(),
  rows: z.array(generationRow).nullable(),
})
