import { z } from 'zod'
import { json } from './json'
import { jobError } from './errors'
import { pageQuery } from './ids'
import { usage } from './usage'

export const stepKind = z.enum([
  'sleep',
  'ingest',
  'fine-tune',
  'evaluate',
  'deploy',
  'generate',
  'recipe',
  'airflow-dag',
])
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
export const workerClass = z.enum(['light', 'cpu', 'gpu-1', 'gpu-n'])
export type WorkerClass = z.infer<typeof workerClass>
/** `server`: work that goes on elsewhere and that the server itself follows, such as a DAG run; no worker leases it. */
export const resourceClass = z.enum([...workerClass.options, 'server'])
export type ResourceClass = z.infer<typeof resourceClass>

export const resources = z.object({
  cpus: z.number().min(0),
  memory_bytes: z.int().min(0),
  gpus: z.int().min(0),
  gpu_memory_bytes: z.int().min(0),
  labels: z.record(z.string(), z.string()),
})
export type Resources = z.infer<typeof resources>

/** What a caller may ask of the machine that a job runs on; the rest is as its kind needs. */
export const resourceRequest = z.object({
  cpus: z.number().min(0).optional().describe('CPU cores'),
  memory_bytes: z.int().min(0).optional(),
  gpus: z
    .union([z.literal('auto'), z.int().min(0).max(64)])
    .default('auto')
    .describe('`auto`: one where a known worker offers one, else none; several are those of one worker'),
  gpu_memory_bytes: z.int().min(0).default(0).describe('of each GPU'),
  labels: z.record(z.string().max(64), z.string().max(256)).default({}).describe('labels that the worker must have'),
})
export type ResourceRequest = z.infer<typeof resourceRequest>

/** One task of a DAG run. */
export const taskProgress = z.object({
  task_id: z.string(),
  map_index: z.int().describe('-1: the task is not mapped'),
  state: z.string().nullable().describe("Airflow's name of it; null: not scheduled yet"),
  try_number: z.int(),
  log_url: z.string(),
})

export const progress = z.object({
  step: z.int().min(0),
  total: z.int().positive().nullable().describe('null while unknown'),
  unit: z.enum(['rows', 'steps', 'tokens', 'items', 'tasks']),
  eta_seconds: z.number().min(0).nullable(),
  metrics: z
    .record(z.string(), z.number())
    .default({})
    .describe('loss, learning_rate, tokens_per_second … of the last step; of a DAG run its tasks by state'),
  url: z.string().optional().describe('where people watch it, where that is elsewhere: the run in Airflow'),
  tasks: z.array(taskProgress).optional().describe('of a DAG run the first 100 tasks'),
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
  concurrency_key: z
    .string()
    .max(200)
    .nullable()
    .default(null)
    .describe('jobs of the project with the same key share `concurrency_limit`'),
  concurrency_limit: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('begins while fewer jobs of its `concurrency_key` run; 1 unless given'),
  metadata: z.record(z.string().max(64), z.string().max(512)).default({}),
  origin: origin.nullable().default(null),
  orphan_after_seconds: z
    .int()
    .positive()
    .max(365 * 86_400)
    .nullable()
    .optional()
    .describe(
      'cancel when its last follower has lapsed for so long and no other came. null: never. Default 86400 where the origin is airflow, else null',
    ),
  resources: resourceRequest
    .optional()
    .describe('only of steps that compute: ingest, fine-tune and evaluate; GPUs only of the last two'),
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
  status_reason: z
    .string()
    .nullable()
    .describe('why it waits, e.g. `no_worker_fits`, `waits_for_worker`; of `awaiting_approval` the id of the approval'),
  priority: z.int(),
  class: resourceClass.describe('the queue it waits in; of a job with `gpus: auto` decided when it is dispatched'),
  resources: resources.describe('what is booked on the worker that runs it'),
  attempt: z.int().describe('attempts begun so far'),
  input: z.record(z.string(), json),
  progress: progress.nullable(),
  result: z.record(z.string(), json).nullable(),
  error: jobError.nullable(),
  usage,
  metadata: z.record(z.string(), z.string()),
  origin: origin.nullable(),
  parent_id: z.string().nullable().describe('the recipe run it is a step of'),
  group_id: z.string().nullable().describe('the job group it was made in'),
  retry_of: z.string().nullable(),
  run_at: z.iso.datetime().nullable(),
  timeout_s: z.int().nullable(),
  deadline_at: z.iso.datetime().nullable(),
  orphan_after_seconds: z.int().nullable().describe('null: never given up, whoever stops following it'),
  unfollowed_since: z.iso.datetime().nullable().describe('its last follower lapsed then, and no other has come'),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  ended_at: z.iso.datetime().nullable(),
})
export type Job = z.infer<typeof job>

export const jobQuery = pageQuery.extend({
  status: jobStatus.optional(),
  kind: stepKind.optional(),
  parent_id: z.string().optional(),
  metadata: z
    .string()
    .regex(/^[^=]{1,64}=/)
    .max(600)
    .optional()
    .describe('`name=value`: jobs that carry it'),
  order: z.enum(['desc', 'asc']).default('desc').describe('by creation: newest first, or oldest first'),
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

/** Power over the time of a job, all its meters together; what was only estimated is left out. */
export const jobPower = z.object({
  job_id: z.string(),
  points: z
    .array(z.object({ at: z.iso.datetime(), watts: z.number().min(0) }))
    .describe('at most about 300, the oldest first'),
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
