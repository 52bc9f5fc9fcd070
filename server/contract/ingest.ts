import { z } from 'zod'
import { json } from './json'

/** Product exports that Forge reads: the files as the shop writes them, unchanged. */
export const productFormat = z.enum(['shopify-products', 'woocommerce-products'])
export type ProductFormat = z.infer<typeof productFormat>

/** What the rows of a source mean. `auto` looks at the columns; `mapping` needs the templates of `mapping`. */
export const ingestFormat = z.enum(['auto', ...productFormat.options, 'openai-chat', 'prompt-completion', 'mapping'])
export type IngestFormat = z.infer<typeof ingestFormat>

export const columnMapping = z.object({
  prompt: z
    .string()
    .min(1)
    .describe('Jinja over the columns, snake_cased or as they are: `{{ title }}`, `{{ row["Body (HTML)"] }}`'),
  completion: z.string().min(1).describe('Jinja, as `prompt`'),
  system: z.string().min(1).nullable().default(null).describe('Jinja, as `prompt`; null = no system message'),
})
export type ColumnMapping = z.infer<typeof columnMapping>

/** Columns of facts by language (`en`, `de`, …); a cell is split on `; `. */
export const factColumns = z.record(z.string(), z.array(z.string()))
export type FactColumns = z.infer<typeof factColumns>

export const copyColumn = z.object({
  column: z.string().min(1).describe('the text a model shall learn to write'),
  language: z.string().min(2).max(10).describe('ISO 639-1, e.g. `de`'),
  channel: z.string().min(1).max(60).describe('where the text is used, e.g. `shop`, `marketplace`, `social`'),
})

export const defaultPromptTemplate = `Write the {{ channel }} text in {{ language }} for this product.
Product: {{ title }}
{% for fact in facts %}
- {{ fact }}
{% endfor %}`

export const productTexts = z.object({
  prompt_template: z
    .string()
    .min(1)
    .default(defaultPromptTemplate)
    .describe('Jinja; variables: the columns snake_cased, product_id, title, language, channel, attributes, facts'),
  system_template: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Jinja, as `prompt_template`; null = no system message'),
  columns: z
    .array(copyColumn)
    .min(1)
    .nullable()
    .default(null)
    .describe('null = the description, channel `shop`, language detected'),
  fact_columns: factColumns.default({}).describe('a language without an entry takes the attributes as its facts'),
})
export type ProductTexts = z.infer<typeof productTexts>

export const ingestOptions = z.object({
  format: ingestFormat.default('auto'),
  mapping: columnMapping.nullable().default(null),
  product_texts: productTexts.prefault({}).describe('read for product exports only'),
  validation_split: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe('share of the products (or prompts) held back; all rows of one product go to the same side'),
  deduplicate: z.boolean().default(true).describe('drops rows whose messages are equal but for white space'),
  max_rows: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'for both sides together; each language and channel keeps its share. With `append`: of the rows that are added',
    ),
  min_rows: z.int().positive().default(1).describe('fewer kept rows end the step with `too_few_rows`'),
  redact_personal_data: z
    .boolean()
    .default(false)
    .describe('masks structured identifiers: email, phone, IBAN, payment card. Names and addresses stay'),
  skip_invalid_percentage: z
    .number()
    .min(0)
    .max(100)
    .default(0)
    .describe('percent of the source rows that may be invalid; 0 = the first one ends the step'),
  encoding: z.literal('utf-8').default('utf-8'),
})
export type IngestOptions = z.infer<typeof ingestOptions>

export const ingestErrorCode = z.enum([
  'empty_file',
  'not_utf8',
  'csv_broken_quotes',
  'too_many_columns',
  'invalid_row',
  'wrong_role',
  'empty_completion',
  'missing_column',
  'unknown_format',
  'invalid_template',
  'too_few_rows',
])
export type IngestErrorCode = z.infer<typeof ingestErrorCode>

/** Why a source row or a training row is not in the dataset; the first four count as invalid. */
export const dropReason = z.enum([
  'invalid_row',
  'wrong_role',
  'empty_completion',
  'empty_prompt',
  'no_text',
  'no_product',
  'duplicate',
  'over_max_rows',
])
export type DropReason = z.infer<typeof dropReason>

export const personalDataType = z.enum(['email', 'phone', 'iban', 'card'])
export type PersonalDataType = z.infer<typeof personalDataType>

/** Characters (UTF-16 units) over the kept rows. */
export const lengthPercentiles = z.object({ min: z.int(), p50: z.int(), p90: z.int(), p99: z.int(), max: z.int() })

export const trainingMessage = z.looseObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string().nullable(),
  weight: z.union([z.literal(0), z.literal(1)]).optional(),
})
export type TrainingMessage = z.infer<typeof trainingMessage>

/** One line of a dataset. Product rows carry product_id, title, language, channel, facts, status in `metadata`. */
export const trainingRow = z.object({
  messages: z.array(trainingMessage).min(1),
  tools: z.array(json).optional(),
  metadata: z.record(z.string(), json),
})
export type TrainingRow = z.infer<typeof trainingRow>

/** Bytes that a version was made of. */
export const sourceBytes = z.object({
  type: z.enum(['files', 'rows', 'dataset', 'url', 's3', 'sql']),
  location: z.string().describe('file name, or address without query and credentials'),
  bytes: z.int(),
  sha256: z.string().describe('of the bytes as read; for `sql` and `rows` of the rows as JSON lines'),
})
export type SourceBytes = z.infer<typeof sourceBytes>

/** The version that a version begins with. */
export const appendedTo = z.object({
  dataset_version_id: z.string(),
  version: z.int().positive(),
})
export type AppendedTo = z.infer<typeof appendedTo>

export const ingestReport = z.object({
  sources: z.array(sourceBytes).default([]).describe('the bytes it was made of; empty in reports of older versions'),
  formats: z.record(z.string(), ingestFormat).describe('by file name: what the rows were taken for'),
  rows_in: z.int().describe('source rows read, invalid ones too'),
  products: z.int().nullable().describe('null for sources that are no product export'),
  variant_rows: z.int().describe('source rows merged into the product above them'),
  candidate_rows: z.int().describe('training rows made of the source rows: one per product and text column'),
  rows_kept: z.int().describe('rows of the version, those of the version before it too where it was appended to'),
  train_rows: z.int(),
  validation_rows: z.int(),
  rows_dropped: z.partialRecord(dropReason, z.int()),
  duplicates: z.int(),
  first_problems: z.array(z.string()).describe('the first invalid rows, at most 10: file, line and reason'),
  languages: z
    .record(z.string(), z.int())
    .describe('kept rows by language, stated or detected; `und` = not detectable'),
  channels: z.record(z.string(), z.int()),
  languages_checked: z.int().describe('rows whose stated language was compared with the detected one: the first 1,000'),
  language_mismatches: z
    .int()
    .describe('of these and kept: rows whose text is reliably in another language than the one stated'),
  prompt_characters: lengthPercentiles.nullable().describe('null when no row was kept'),
  completion_characters: lengthPercentiles.nullable(),
  personal_data: z.object({ redacted: z.boolean(), found: z.partialRecord(personalDataType, z.int()) }),
  columns: z.array(z.string()).describe('of all sources, in the order met'),
  appended_to: appendedTo.nullable().default(null),
  sample: z.array(trainingRow).describe('the first 3 kept rows'),
})
export type IngestReport = z.infer<typeof ingestReport>
