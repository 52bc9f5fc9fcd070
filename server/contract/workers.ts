import { z } from 'zod'
import { json } from './json'
import { evaluationResult } from './evaluations'
import { leasedConnection } from './connections'
import { errorCode } from './errors'
import { appendedTo, ingestReport } from './ingest'
import { progress, resources, stepKind, workerClass } from './jobs'
import { artifact, servingEngineName } from './models'
import { energySample } from './energy-sample'
import { replicaState } from './deployments'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** A checkpoint that is complete on a worker's disk and, as far as the worker knows, not on the server. */
export const keptCheckpoint = z.object({ job_id: z.string(), step: z.int().min(0) })
export type KeptCheckpoint = z.infer<typeof keptCheckpoint>
const keptCheckpoints = z
  .array(keptCheckpoint)
  .max(1000)
  .default([])
  .describe('of jobs that do not run on it now, the newest each')
const forgetCheckpoints = z
  .array(z.string())
  .describe(
    'jobs whose kept checkpoints are of no use any more: they ended, run elsewhere, or have a newer durable one',
  )

export const registerWorker = z.object({
  name: z.string().min(1).max(200),
  boot_id: z.string().describe('new at every start: a worker that comes back under its name has lost its leases'),
  resources,
  classes: z.array(workerClass).min(1),
  kept_checkpoints: keptCheckpoints,
})
export const worker = z.object({
  id: z.string(),
  object: z.literal('worker'),
  name: z.string(),
  resources,
  classes: z.array(workerClass),
  state: z.enum(['active', 'draining', 'gone']),
  last_seen_at: z.iso.datetime(),
  running_jobs: z.array(z.string()),
})
export const registered = z.object({
  id: z.string(),
  lease_seconds: z.number(),
  heartbeat_seconds: z.number(),
  offline_grace_seconds: z.number(),
  forget_checkpoints: forgetCheckpoints,
})

export const blobRef = z.object({ name: z.string(), sha256, bytes: z.int(), filename: z.string() })
/** What the worker needs to load a model: its base by name, and the adapter's artifacts. */
export const modelRef = z.object({
  id: z.string(),
  base_model: z.string(),
  artifacts: z.array(artifact),
  artifact_hash: z.string().nullable(),
})
export type ModelRef = z.infer<typeof modelRef>
export const checkpointRef = z.object({
  step: z.int(),
  artifacts: z.array(artifact),
  metrics: z.record(z.string(), z.number()),
})

export const lease = z.object({
  id: z.string().describe('job id and fence: `job_….3`'),
  job_id: z.string(),
  kind: stepKind,
  fence: z.int(),
  attempt: z.int(),
  project_id: z.string(),
  input: z.record(z.string(), json),
  blobs: z.array(blobRef).describe('the bytes the input speaks of, by name'),
  append_to: appendedTo
    .nullable()
    .default(null)
    .describe(
      'of an ingest that appends: the newest version, read as the blobs `appended_train` and `appended_validation`',
    ),
  models: z.record(z.string(), modelRef).describe('the models the input speaks of, by role'),
  connections: z
    .record(z.string(), leasedConnection)
    .describe('the credentials that the input names, by id, and no others'),
  resume: checkpointRef.nullable().describe('the last durable checkpoint'),
  micro_batch_divisor: z.int().positive(),
  resources: resources.describe('booked for it; its GPUs are for it alone'),
  expires_in_ms: z.int(),
})
export type Lease = z.infer<typeof lease>
export const leaseRequest = z.object({
  free: resources,
  classes: z.array(workerClass).min(1),
  wait_seconds: z.number().min(0).max(20).default(10),
  kept_checkpoints: keptCheckpoints,
})
export const leaseReply = z.object({
  lease: lease.nullable(),
  drain: z.boolean(),
  forget_checkpoints: forgetCheckpoints,
})

export const logLine = z.object({ at: z.iso.datetime(), line: z.string().max(8192) })
export const heartbeat = z.object({
  wait_seconds: z.number().min(0).max(20).default(0).describe('held until a command waits, at most this long'),
  progress: progress.nullable().default(null),
  local_checkpoint_step: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('the newest checkpoint that is complete on the worker, durable or not'),
  logs: z.array(logLine).max(1000).default([]),
  samples: z.array(energySample).max(600).default([]),
})
export type Heartbeat = z.input<typeof heartbeat>
export const leaseCommand = z.enum(['cancel', 'pause'])
export const heartbeatReply = z.object({ command: leaseCommand.nullable(), expires_in_ms: z.int() })

export const checkpointReport = z.object({
  step: z.int().min(0),
  artifacts: z.array(artifact),
  metrics: z.record(z.string(), z.number()).default({}),
})

/** What each kind of job hands over when it ends well. */
export const outputs = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sleep'), slept_seconds: z.number() }),
  z.object({
    kind: z.literal('ingest'),
    train: artifact,
    train_rows: z.int(),
    validation: artifact.nullable(),
    validation_rows: z.int(),
    report: ingestReport,
  }),
  z.object({
    kind: z.literal('fine-tune'),
    artifacts: z.array(artifact).min(1),
    metrics: z.record(z.string(), json),
    trained_tokens: z.int(),
  }),
  z.object({ kind: z.literal('evaluate'), result: evaluationResult, items: artifact, tokens: z.int() }),
  z.object({ kind: z.literal('deploy'), deployment_id: z.string(), generation: z.int() }),
  z.object({ kind: z.literal('generate'), rows: artifact, items: z.int(), failed_items: z.int(), tokens: z.int() }),
])
export type Outputs = z.infer<typeof outputs>
export const completion = z.object({ outputs, samples: z.array(energySample).default([]) })
export const failure = z.object({
  code: z.union([errorCode, z.literal('worker_stopped')]).describe('`worker_stopped` hands the job back to the queue'),
  message: z.string().max(4000),
  samples: z.array(energySample).default([]),
})
export const pausedReport = z.object({ samples: z.array(energySample).default([]) })
export const settled = z.object({ status: z.string(), result: z.record(z.string(), json).nullable() })

export const partQuery = z.object({ offset: z.coerce.number().int().min(0), total: z.coerce.number().int().min(0) })
export const uploadState = z.object({ received_bytes: z.int(), complete: z.boolean() })
export const artifactUploadParams = z.object({ id: z.string(), sha256 })
export const bySha = z.object({ sha256 })
export const cachedBlobs = z.object({ sha256s: z.array(sha256).max(1000) })
export const removedBlobs = z.object({ sha256s: z.array(z.string()) })

export const wantedReplica = z.object({
  replica_id: z.string(),
  deployment_id: z.string(),
  generation: z.int(),
  model: modelRef,
  token: z.string(),
  drain: z.boolean(),
})
export type WantedReplica = z.infer<typeof wantedReplica>
export const observedReplica = z.object({
  replica_id: z.string(),
  state: replicaState,
  port: z.int().nullable(),
  served_model: z.string().nullable().describe('name the engine knows it by'),
  token: z
    .string()
    .nullable()
    .describe('bearer token the engine demands; one per engine, so replicas of one base share it'),
  engine: servingEngineName.nullable().default(null),
  error: z.string().nullable(),
  running: z.int().default(0),
  samples: z.array(energySample).default([]),
})
export const replicaHeartbeat = z.object({
  observed: z.array(observedReplica),
  idle_samples: z.array(energySample).default([]),
  wait_seconds: z.number().min(0).max(20).default(5),
})
export const replicaHeartbeatReply = z.object({ wanted: z.array(wantedReplica), drain: z.boolean() })
export const rollOutState = z.object({
  deployment_id: z.string(),
  generation: z.int(),
  state: z.enum(['rolling_out', 'serving', 'retired', 'failed']),
  error: z.string().nullable(),
})
/** `awaiting_approval`: the server has taken the job back, and this attempt is over. */
export const rollOutStart = z.union([rollOutState, z.object({ state: z.literal('awaiting_approval') })])
