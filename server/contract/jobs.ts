import { z } from 'zod'
import { json } from './json'
import { jobError } from './errors'
import { pageQuery } from './ids'
import { usage } from './usage'

export const stepKind = z.enum(['sleep', 'ingest', 'fine-tune', 'evaluate', 'deploy', 'generate', 'recipe'])
export type StepKind = z.infer<typeof stepKind>

/** Drawn in docs/job-states.md; who may follow whom is `jobs/states.ts`. */
export const jobStatus = z.enum([
  'blocked',
  'queued',
  'running',
  'pausing',
  'paused',
  'awaiting_approval',
  'succeeded',
  'failed',
  'cancelled',
])
export type JobStatus = z.infer<typeof jobStatus>
export const terminalStatuses = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly JobStatus[]

/** One queue per class; a worker leases from the classes it has room for. */
export const resourceClass = z.enum(['light', 'cpu', 'gpu-1', 'gpu-n'])
export type ResourceClass = z.infer<typeof resourceClass>

export const resources = z.object({
  cpus: z.number().min(0),
  memory_bytes: z.int().min(0),
  gpus: z.int().min(0),
  gpu_memory_bytes: z.int().min(0),
  labels: z.record(z.string(), z.string()),
})
export type Resources = z.infer<typeof resources>

export const progress = z.object({
  step: z.int().min(0),
  total: z.int().positive().nullable().describe('null while unknown'),
  unit: z.enum(['rows', 'steps', 'tokens', 'items']),
  eta_seconds: z.number().min(0).nullable(),
  metrics: z
    .record(z.string(), z.number())
    .default({})
    .describe('loss, learning_rate, tokens_per_second … of the last step'),
})
export type Progress = z.infer<typeof progress>

export const origin = z.object({ system: z.enum(['n8n', 'airflow', 'cli', 'api']), url: z.url().nullable() })

/** What a caller may say about any job, whatever its kind. */
export const jobOptions = z.object({
  priority: z.int().min(1).max(9).default(5).describe('1 runs first'),
  run_at: z.iso.datetime().nullable().default(null).describe('not before this time'),
  timeout_s: z
    .int()
    .positive()
    .max(30 * 86_400)
    .nullable()
    .default(null)
    .describe('longest running time, all attempts together'),
  deadline_at: z.iso.datetime().nullable().default(null).describe('end to end, waiting included'),
  max_attempts: z.int().min(1).max(20).default(3).describe('lost attempts in a row without a new checkpoint'),
  concurrency_key: z.string().max(200).nullable().default(null).describe('at most one running job per key'),
  metadata: z.record(z.string().max(64), z.string().max(512)).default({}),
  origin: origin.nullable().default(null),
  on_existing: z
    .enum(['return', 'replace_failed'])
    .default('return')
    .describe('what an Idempotency-Key that is known gives'),
})
export type JobOptions = z.infer<typeof jobOptions>

export const job = z.object({
  id: z.string().describe('`job_` + sortable id'),
  object: z.literal('job'),
  kind: stepKind,
  status: jobStatus,
  status_reason: z.string().nullable().describe('why it waits, e.g. `no_worker_fits`'),
  priority: z.int(),
  attempt: z.int().describe('attempts begun so far'),
  input: z.record(z.string(), json),
  progress: progress.nullable(),
  result: z.record(z.string(), json).nullable(),
  error: jobError.nullable(),
  usage,
  metadata: z.record(z.string(), z.string()),
  origin: origin.nullable(),
  parent_id: z.string().nullable().describe('the recipe run it is a step of'),
  retry_of: z.string().nullable(),
  run_at: z.iso.datetime().nullable(),
  timeout_s: z.int().nullable(),
  deadline_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  ended_at: z.iso.datetime().nullable(),
})
export type Job = z.infer<typeof job>

export const jobQuery = pageQuery.extend({
  status: jobStatus.optional(),
  kind: stepKind.optional(),
  parent_id: z.string().optional(),
})

/** A job event; `seq` counts from 1 per job without gaps. */
export const jobEvent = z.object({
  id: z.string(),
  object: z.literal('job.event'),
  job_id: z.string(),
  seq: z.int(),
  name: z.string(),
  data: z.record(z.string(), json),
  created_at: z.iso.datetime(),
})
export type JobEvent = z.infer<typeof jobEvent>

export const jobLog = z.object({
  job_id: z.string(),
  lines: z.array(z.object({ attempt: z.int(), at: z.string(), line: z.string() })),
})

/** What a run would take, before it is started. Null where Forge has no run to learn from. */
export const estimate = z.object({
  seconds: z.number().nullable(),
  memory_bytes: z.int().nullable(),
  energy_joules: z.number().nullable(),
  cost: z.number().nullable(),
  currency: z.string(),
  basis: z.string().describe('which earlier runs the figures come from'),
})
