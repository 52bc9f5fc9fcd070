import { z } from 'zod'

/** Peak rates where none is given: all weights of a model bear far smaller steps than a fresh adapter. */
export const defaultLearningRates = { lora: 1e-3, full: 5e-5 } as const

/** Of a fine-tuning run; `lora_…` only of one with LoRA. Defaults fit a model of about 135M parameters and some hundred rows. */
export const hyperparameters = z.object({
  epochs: z.number().positive().max(100).default(1).describe('passes over the training rows'),
  learning_rate: z
    .number()
    .positive()
    .max(0.1)
    .default(defaultLearningRates.lora)
    .describe('peak rate, reached after the warm-up'),
  batch_size: z.int().positive().max(1024).default(8).describe('rows per optimizer step'),
  lora_rank: z.int().positive().max(512).default(16),
  lora_alpha: z.number().positive().max(4096).default(32),
  max_length: z.int().min(16).max(131_072).default(1024).describe('tokens per row'),
  warmup_ratio: z.number().min(0).max(1).default(0.05),
  weight_decay: z.number().min(0).max(1).default(0),
  schedule: z.enum(['cosine', 'linear', 'constant']).default('cosine'),
  max_steps: z.int().positive().nullable().default(null).describe('ends earlier than the epochs do'),
  early_stopping_patience: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('evaluations without a better validation loss'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(42),
})
export type Hyperparameters = z.infer<typeof hyperparameters>
