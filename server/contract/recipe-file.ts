import { z } from 'zod'
import { defaultBaseModel } from './base-models'
import { datasetName } from './datasets'
import { approvalOptions, deploymentName } from './deployments'
import { gateThreshold, metricName } from './evaluations'
import { hyperparameters } from './hyperparameters'
import { columnMapping, copyColumn, factColumns, ingestFormat, productFormat } from './ingest'

const path = z.string().min(1).describe('relative to the recipe file')

const ingest = z.strictObject({
  source: z
    .union([path, z.array(path).min(1)])
    .optional()
    .describe('CSV or JSONL; left out = `forge run --data` names it'),
  format: ingestFormat.default('auto'),
  prompt: path.optional().describe('a Jinja template for product exports; left out = a plain default'),
  system: path.optional().describe('a Jinja template for the system message of product exports'),
  columns: z
    .array(copyColumn.strict())
    .min(1)
    .nullable()
    .default(null)
    .describe('null = the description, its language detected'),
  fact_columns: factColumns.default({}),
  mapping: columnMapping.strict().nullable().default(null),
  validation_split: z.number().min(0).max(0.5).default(0.1),
  deduplicate: z.boolean().default(true),
  max_rows: z.int().positive().nullable().default(null),
  min_rows: z.int().positive().default(1),
  redact_personal_data: z.boolean().default(false),
  skip_invalid_percentage: z.number().min(0).max(100).default(0),
})

const fineTune = z.strictObject({
  base_model: z.string().min(1).default(defaultBaseModel),
  suffix: z.string().nullable().default(null),
  hyperparameters: hyperparameters.strict().prefault({}),
  on_too_long: z.enum(['truncate', 'drop', 'fail']).default('truncate'),
  checkpoint_interval_seconds: z.number().min(1).default(60),
})

const evaluate = z.strictObject({
  metrics: z.array(metricName).min(1).default(['loss', 'chrf', 'language_match']),
  baseline: z.string().nullable().default('base').describe('`base`, another model, or null'),
  rules: path.optional().describe('house style as YAML: server/contract/text-rules.ts'),
  max_items: z.int().min(1).max(2000).default(24),
  max_tokens: z.int().min(1).max(4096).default(64),
  gate: z.partialRecord(metricName, gateThreshold.strict()).default({}),
  gate_language: z.string().nullable().default(null),
})

const deploy = z.strictObject({
  name: deploymentName,
  force: z.boolean().default(false),
  reason: z.string().nullable().default(null).describe('needed with `force`'),
  ...approvalOptions,
})

const generate = z.strictObject({
  source: path.describe('a product export; its texts are written'),
  format: productFormat.optional().describe('left out = as `ingest.format`'),
  prompt: path.optional().describe('left out = as `ingest.prompt`'),
  languages: z.array(z.string().min(2)).min(1).default(['en']),
  channels: z.array(z.string().min(1)).min(1).default(['shop']),
  fact_columns: factColumns.optional().describe('left out = as `ingest.fact_columns`'),
  max_tokens: z.int().min(1).max(4096).default(64),
  compare_items: z.int().min(0).max(100).default(6),
})

/**
 * A recipe as people write it: YAML, with paths where the API takes contents and file ids. An unknown key is an
 * error, because a misspelt one would silently be a default.
 */
export const recipeFile = z.strictObject({
  name: datasetName.describe('of the recipe and of the dataset it makes'),
  ingest,
  fine_tune: fineTune,
  evaluate: evaluate.optional(),
  deploy: deploy.optional(),
  generate: generate.optional(),
})
export type RecipeFile = z.infer<typeof recipeFile>
