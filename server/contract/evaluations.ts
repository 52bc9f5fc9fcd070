import { z } from 'zod'
import { json } from './json'
import { jobOptions } from './jobs'
import { textRules } from './text-rules'

export const metricName = z.enum(['loss', 'chrf', 'brand_rules', 'language_match'])
export type MetricName = z.infer<typeof metricName>

/** Thresholds of one metric; every one that is given must hold. */
export const gateThreshold = z.object({
  min: z.number().optional().describe('the value is at least this'),
  max: z.number().optional().describe('the value is at most this'),
  improve_by: z.number().optional().describe('better than the baseline by this share of it (0.10 = 10 %)'),
})
export const gate = z.partialRecord(metricName, gateThreshold)

export const evaluateInput = z.object({
  model: z.string(),
  baseline: z.string().nullable().default('base').describe('`base`, another model, or null'),
  dataset_version_id: z.string(),
  metrics: z.array(metricName).min(1).default(['loss', 'chrf', 'language_match']),
  max_items: z.int().min(1).max(2000).default(24).describe('held-out rows that text is generated for'),
  max_tokens: z.int().min(1).max(4096).default(64),
  rules: textRules.nullable().default(null),
  gate: gate.default({}),
  gate_language: z.string().nullable().default(null).describe('the gate looks at rows of this language only'),
})
export type EvaluateInput = z.infer<typeof evaluateInput>
export const createEvaluation = evaluateInput.extend({ job: jobOptions.prefault({}) })

const scores = z.partialRecord(metricName, z.number())
export const evaluationSide = z.object({
  model: z.string(),
  all: scores,
  by_language: z.record(z.string(), scores),
  perplexity: z.number().nullable(),
})
export const verdict = z.object({
  passed: z.boolean(),
  checks: z.array(
    z.object({
      metric: metricName,
      rule: z.string(),
      value: z.number().nullable(),
      baseline: z.number().nullable(),
      passed: z.boolean(),
    }),
  ),
})
export const evaluationItem = z.object({
  index: z.int(),
  prompt: z.string(),
  reference: z.string(),
  metadata: z.record(z.string(), json),
  model_text: z.string(),
  baseline_text: z.string().nullable(),
  model_scores: z.record(z.string(), json),
  baseline_scores: z.record(z.string(), json).nullable(),
})
export type EvaluationItem = z.infer<typeof evaluationItem>

/** What an evaluate handler hands over, and what is stored. */
export const evaluationResult = z.object({
  model: evaluationSide,
  baseline: evaluationSide.nullable(),
  gate: verdict,
  notes: z.array(z.string()),
})
export type EvaluationResult = z.infer<typeof evaluationResult>
export const evaluation = z.object({
  id: z.string(),
  object: z.literal('evaluation'),
  model: z.string(),
  artifact_hash: z.string().nullable(),
  dataset_version_id: z.string(),
  result: evaluationResult,
  job_id: z.string(),
  created_at: z.iso.datetime(),
})
export type Evaluation = z.infer<typeof evaluation>
export const evaluationItems = z.object({ items: z.array(evaluationItem) })
