import { z } from 'zod'
import { defaultBaseModel } from './base-models'
import { datasetName } from './datasets'
import { approvalOptions, deploymentName } from './deployments'
import { gate, metricName } from './evaluations'
import { hyperparameters } from './hyperparameters'
import { ingestOptions } from './ingest'
import { jobOptions } from './jobs'
import { productFormat } from './ingest'
import { textRules } from './text-rules'

/**
 * ingest → fine-tune → evaluate → deploy → generate as one unit. In a recipe file, `source`, `prompt` and `rules`
 * are paths beside it; the CLI reads and uploads them, so the server sees only contents and file ids.
 */
export const recipe = z.object({
  name: datasetName,
  ingest: z.object({ file_ids: z.array(z.string()).min(1), options: ingestOptions }),
  fine_tune: z.object({
    base_model: z.string().default(defaultBaseModel),
    suffix: z.string().nullable().default(null),
    hyperparameters: hyperparameters.prefault({}),
    on_too_long: z.enum(['truncate', 'drop', 'fail']).default('truncate'),
    checkpoint_interval_seconds: z.number().min(1).default(60),
  }),
  evaluate: z
    .object({
      metrics: z.array(metricName).default(['loss', 'chrf', 'language_match']),
      baseline: z.string().nullable().default('base'),
      max_items: z.int().min(1).default(24),
      max_tokens: z.int().min(1).default(64),
      rules: textRules.nullable().default(null),
      gate: gate.default({}),
      gate_language: z.string().nullable().default(null),
    })
    .optional(),
  deploy: z
    .object({
      name: deploymentName,
      force: z.boolean().default(false),
      reason: z.string().nullable().default(null),
      ...approvalOptions,
    })
    .optional(),
  generate: z
    .object({
      file_id: z.string(),
      format: productFormat,
      prompt_template: z.string(),
      languages: z.array(z.string()).default(['en']),
      channels: z.array(z.string()).default(['shop']),
      fact_columns: z.record(z.string(), z.array(z.string())).default({}),
      max_tokens: z.int().min(1).default(64),
      compare_items: z.int().min(0).default(6),
    })
    .optional(),
})
export type Recipe = z.infer<typeof recipe>
export const applyRecipe = z.object({ recipe, job: jobOptions.prefault({}) })
export const recipeRun = z.object({
  id: z.string(),
  object: z.literal('recipe_run'),
  name: z.string(),
  status: z.string(),
  steps: z.array(z.object({ name: z.string(), job_id: z.string(), kind: z.string(), status: z.string() })),
})
export const recipePlan = z.object({
  steps: z.array(z.object({ name: z.string(), kind: z.string(), needs: z.array(z.string()) })),
})
