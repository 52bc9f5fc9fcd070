import { z } from 'zod'
import { json } from './json'
import { jobError } from './errors'
import { defaultBaseModel } from './base-models'
import { defaultLearningRates, hyperparameters } from './hyperparameters'
import { pageQuery } from './ids'
import { jobOptions, jobStatus, progress } from './jobs'
import { serving } from './models'
import { usage } from './usage'

/** What a fine-tune job is asked to do: rows from a dataset version, or from uploaded chat JSONL files. */
export const fineTuneInput = z.object({
  base_model: z
    .string()
    .min(1)
    .default(defaultBaseModel)
    .describe(
      'a preset, `folder:<name>` in the models folder, a Hugging Face id; or a tuned model or checkpoint to train on from',
    ),
  hub_connection: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('id or name of a `huggingface` connection, for the download of a base model behind a login'),
  data: z.discriminatedUnion('type', [
    z.object({ type: z.literal('dataset'), dataset_version_id: z.string() }),
    z.object({
      type: z.literal('files'),
      training_file: z.string(),
      validation_file: z.string().nullable().default(null),
    }),
  ]),
  suffix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .nullable()
    .default(null)
    .describe('becomes part of the model name'),
  method: z
    .enum(['lora', 'full'])
    .default('lora')
    .describe('`full` trains all weights: a model of its own, with four times the memory of its weights in fp32'),
  hyperparameters: hyperparameters
    .extend({
      learning_rate: hyperparameters.shape.learning_rate
        .unwrap()
        .optional()
        .describe(
          `peak rate, reached after the warm-up; default ${defaultLearningRates.lora}, of full weights ${defaultLearningRates.full}`,
        ),
    })
    .prefault({}),
  on_too_long: z.enum(['truncate', 'drop', 'fail']).default('truncate'),
  checkpoint_interval_seconds: z.number().min(1).max(86_400).default(60),
})
export type FineTuneInput = z.infer<typeof fineTuneInput>

const auto = <T extends z.ZodType>(of: T) => z.union([z.literal('auto'), of]).optional()
const openaiHyperparameters = z.object({
  n_epochs: auto(z.number().positive()),
  batch_size: auto(z.int().positive()),
  learning_rate_multiplier: auto(z.number().positive()),
})

/** OpenAI's create call. `training_file` is a file id, or a Forge dataset (`ds_…`) or version (`dsv_…`). */
export const createFineTuningJob = z.object({
  model: z.string(),
  training_file: z.string(),
  validation_file: z.string().nullable().optional(),
  suffix: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .nullable()
    .optional(),
  seed: z.int().min(0).nullable().optional(),
  method: z
    .object({
      type: z.literal('supervised'),
      supervised: z.object({ hyperparameters: openaiHyperparameters.optional() }).optional(),
    })
    .optional(),
  hyperparameters: openaiHyperparameters.optional(),
  metadata: z.record(z.string(), z.string()).nullable().optional(),
  forge: z
    .object({
      hyperparameters: hyperparameters.partial().optional(),
      on_too_long: z.enum(['truncate', 'drop', 'fail']).optional(),
      job: jobOptions.partial().optional(),
    })
    .optional()
    .describe('what OpenAI has no field for'),
})

/** OpenAI's fine-tuning job object; the true state is in `forge`. */
export const fineTuningJob = z.object({
  id: z.string().describe('`ftjob_…`: the same job as `job_…`'),
  object: z.literal('fine_tuning.job'),
  model: z.string(),
  created_at: z.int(),
  finished_at: z.int().nullable(),
  estimated_finish: z.int().nullable(),
  fine_tuned_model: z.string().nullable(),
  status: z.enum(['validating_files', 'queued', 'running', 'succeeded', 'failed', 'cancelled']),
  trained_tokens: z.int().nullable(),
  training_file: z.string(),
  validation_file: z.string().nullable(),
  hyperparameters: z.object({ n_epochs: z.number(), batch_size: z.int(), learning_rate_multiplier: z.number() }),
  result_files: z.array(z.string()),
  seed: z.int(),
  error: z.object({ code: z.string(), message: z.string(), param: z.string().nullable() }).nullable(),
  metadata: z.record(z.string(), z.string()),
  forge: z.object({
    job_id: z.string(),
    status: jobStatus,
    progress: progress.nullable(),
    usage,
    error: jobError.nullable(),
    serving: serving.describe('of its result: whether it can be served here, and by which engine'),
  }),
})
export type FineTuningJob = z.infer<typeof fineTuningJob>
export const fineTuningEvent = z.object({
  id: z.string(),
  object: z.literal('fine_tuning.job.event'),
  created_at: z.int(),
  level: z.enum(['info', 'warn', 'error']),
  type: z.enum(['message', 'metrics']),
  message: z.string(),
  data: z.record(z.string(), json),
})
/** OpenAI's checkpoint object: callable while the job runs and after. */
export const fineTuningCheckpoint = z.object({
  id: z.string(),
  object: z.literal('fine_tuning.job.checkpoint'),
  created_at: z.int(),
  fine_tuned_model_checkpoint: z.string().describe('what `model` takes'),
  fine_tuning_job_id: z.string(),
  step_number: z.int(),
  metrics: z.object({ step: z.int(), train_loss: z.number().nullable() }),
})
export const fineTuningQuery = pageQuery
