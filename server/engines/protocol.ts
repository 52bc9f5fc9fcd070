import { z } from 'zod'
import { json } from '../contract/json'
import { hyperparameters } from '../contract/hyperparameters'

/**
 * The JSON-lines protocol between a worker and its engines: one JSON object per line, commands on stdin,
 * events on stdout, free text on stderr (kept as the engine's log).
 *
 * This file is the one definition. The Python side (`server/python/forge_engine/protocol.py`) and the serving
 * engine (`server/engines/llama/`) are held to it by wire tests.
 *
 * An engine exits when its stdin closes. It runs one `run` at a time; `cancel` and `pause` speak of that run.
 */

/** What the training engine is asked to do. Rows are JSONL: `{"messages": [{"role", "content", "weight"?}], "metadata"?: {}}`. */
export const fineTuneParams = z.object({
  base_model_dir: z.string().describe('folder with config.json, tokenizer and safetensors'),
  train_path: z.string(),
  validation_path: z.string().nullable(),
  output_dir: z
    .string()
    .describe(
      'adapter in PEFT format, or the whole model; a GGUF of it when the architecture allows it; step_metrics.csv',
    ),
  checkpoint_dir: z.string().describe('holds step-<n> folders, each written atomically with a manifest.json'),
  resume_from: z.string().nullable().describe('a step-<n> folder: training goes on exactly where it was written'),
  hyperparameters,
  on_too_long: z.enum(['truncate', 'drop', 'fail']).default('truncate'),
  micro_batch_divisor: z
    .int()
    .positive()
    .default(1)
    .describe('2 after an out-of-memory: half the micro-batch, same maths'),
  checkpoint_interval_seconds: z.number().positive().default(60),
  ranks: z.int().positive().nullable().default(null).describe('data-parallel processes; null = one per core or GPU'),
  initial_adapter_dir: z
    .string()
    .nullable()
    .default(null)
    .describe('an adapter in PEFT format to train on from, with its own rank and alpha; null = a fresh one'),
  method: z.enum(['lora', 'full']).default('lora').describe('an adapter, or all weights of the base'),
})

/** Mean loss on the completion tokens of each row, for the base or for base plus adapter. */
export const lossParams = z.object({
  base_model_dir: z.string(),
  adapter_dir: z.string().nullable(),
  data_path: z.string(),
  max_length: z.int().positive(),
})

/** chrF of each pair and of the corpus; sacrebleu's default settings. */
export const chrfParams = z.object({
  pairs: z.array(z.object({ hypothesis: z.string(), reference: z.string() })).min(1),
})

export const engineCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run'), op: z.literal('fine_tune'), params: fineTuneParams }),
  z.object({ type: z.literal('run'), op: z.literal('loss'), params: lossParams }),
  z.object({ type: z.literal('run'), op: z.literal('chrf'), params: chrfParams }),
  z.object({ type: z.literal('pause') }).describe('write a checkpoint, say `paused`, end the run'),
  z
    .object({ type: z.literal('cancel') })
    .describe('end the run without a checkpoint, say `failed` with code `cancelled`'),
  z.object({ type: z.literal('shutdown') }),
])

export const fineTuneResult = z.object({
  steps: z.int(),
  trained_tokens: z.int().describe('tokens run through the model, all epochs, without padding'),
  train_loss: z.number(),
  validation_loss: z.number().nullable(),
  rows: z.object({ used: z.int(), truncated: z.int(), dropped: z.int() }),
  tokens_per_second: z.number(),
  device: z.string().describe('`cpu` or `cuda`, with its compute type, e.g. `cpu/bfloat16 x2`'),
  artifacts: z.array(z.object({ name: z.string(), path: z.string() })),
})
export const lossResult = z.object({
  loss: z.number(),
  perplexity: z.number(),
  tokens: z.int(),
  rows: z.int(),
  row_losses: z.array(z.number()).describe('in input order'),
})
export const chrfResult = z.object({ corpus: z.number().describe('0 to 100'), sentences: z.array(z.number()) })

export const engineErrorCode = z.enum([
  'cancelled',
  'invalid_data',
  'row_too_long',
  'too_few_rows',
  'loss_not_finite',
  'out_of_memory',
  'model_not_loadable',
  'unsupported_architecture',
  'disk_full',
  'killed',
  'engine_internal_error',
])

export const engineEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), engine: z.string(), pid: z.int(), protocol: z.literal(1) }),
  z.object({ type: z.literal('started'), total_steps: z.int().nullable(), device: z.string() }),
  z.object({
    type: z.literal('progress'),
    step: z.int(),
    total: z.int().nullable(),
    unit: z.enum(['steps', 'rows']),
    eta_seconds: z.number().nullable(),
    metrics: z
      .record(z.string(), z.number())
      .describe('loss, learning_rate, tokens_per_second, tokens (so far), validation_loss'),
  }),
  z.object({
    type: z.literal('checkpoint'),
    step: z.int(),
    path: z.string(),
    metrics: z.record(z.string(), z.number()),
  }),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warning', 'error']), message: z.string() }),
  z.object({ type: z.literal('paused'), step: z.int(), path: z.string() }),
  z.object({ type: z.literal('done'), result: z.record(z.string(), json) }),
  z.object({ type: z.literal('failed'), code: engineErrorCode, message: z.string() }),
])

/** Control messages of the serving engine; prompts and answers go over its HTTP port on loopback. */
export const servingCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('load'),
    model_path: z.string(),
    base: z.string(),
    context_tokens: z.int().positive(),
    sequences: z.int().positive(),
    threads: z.int().positive(),
    token: z.string().describe('bearer token its HTTP port demands'),
  }),
  z.object({ type: z.literal('add_adapter'), name: z.string(), path: z.string() }),
  z.object({ type: z.literal('remove_adapter'), name: z.string() }),
  z.object({ type: z.literal('shutdown') }),
])
export const servingEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), engine: z.string(), pid: z.int(), protocol: z.literal(1) }),
  z.object({ type: z.literal('loaded'), port: z.int(), context_tokens: z.int() }),
  z.object({ type: z.literal('adapter_added'), name: z.string() }),
  z.object({ type: z.literal('adapter_removed'), name: z.string() }),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warning', 'error']), message: z.string() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string(), name: z.string().nullable() }),
])

export type EngineCommand = z.infer<typeof engineCommand>
export type EngineEvent = z.infer<typeof engineEvent>
export type ServingCommand = z.infer<typeof servingCommand>
export type ServingEvent = z.infer<typeof servingEvent>
export type FineTuneParams = z.infer<typeof fineTuneParams>
