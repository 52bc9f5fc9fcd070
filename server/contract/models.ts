import { z } from 'zod'
import { json } from './json'

export const artifact = z.object({
  name: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
})
export type Artifact = z.infer<typeof artifact>

/** All weights of a model that was trained whole; an adapter has none. */
export const wholeModelFile = 'model.safetensors'
/** Whether a model is its own base: all its weights were trained. */
export const isWholeModel = ({ artifacts }: { artifacts: readonly Artifact[] }): boolean =>
  artifacts.some(({ name }) => name === wholeModelFile)

export const servingEngineName = z.enum(['llama', 'transformers'])
export type ServingEngineName = z.infer<typeof servingEngineName>
/** Which engine answers, and whether it is the slow one. */
export const serving = z.object({
  engine: servingEngineName.nullable().describe('null: not known before a worker loads the base'),
  slow: z
    .boolean()
    .nullable()
    .describe('true for the Transformers engine: one token at a time, without forced JSON; null while not known'),
})
export type Serving = z.infer<typeof serving>

/** OpenAI's model object, with Forge's own fields beside it. */
export const model = z.object({
  id: z
    .string()
    .describe(
      'what `model` takes in a call: a base model, `model_…` or a deployment; a checkpoint is `<id>:ckpt-step-<n>`',
    ),
  object: z.literal('model'),
  created: z.int().describe('Unix seconds'),
  owned_by: z.string(),
  kind: z
    .enum(['base', 'adapter', 'deployment'])
    .describe('`adapter`: a tuned model, also where all its weights were trained'),
  name: z.string(),
  base_model: z.string(),
  parent: z.string().nullable().describe('the model it was tuned from'),
  job_id: z.string().nullable(),
  dataset_version_id: z.string().nullable(),
  artifacts: z.array(artifact),
  artifact_hash: z.string().nullable().describe('of all artifacts together: gates and deployments are bound to it'),
  metrics: z.record(z.string(), json),
  gate: z.enum(['passed', 'failed']).nullable().describe('of its last evaluation'),
  checkpoints: z.array(
    z.object({
      step: z.int(),
      model: z.string().describe('what `model` takes to call it, judge it or train on from it'),
      created_at: z.iso.datetime(),
    }),
  ),
  forge: serving.extend({
    callable: z.boolean().describe('false: its last gate failed, or the project demands a deployment'),
  }),
})
export type Model = z.infer<typeof model>
export const artifactParams = z.object({ id: z.string(), name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/) })
