import type { z } from 'zod'
import type { ChatCompletion, ChatRequest } from '../contract/chat'
import { errors, type ErrorCode, type JobError } from '../contract/errors'
import type { NetworkSource } from '../contract/datasets'
import type { Progress } from '../contract/jobs'
import type { Artifact } from '../contract/models'
import type { Lease, Outputs, rollOutStart, rollOutState } from '../contract/workers'
import type {
  chrfResult,
  EngineEvent,
  FineTuneParams,
  fineTuneResult,
  lossParams,
  lossResult,
} from '../engines/protocol'

/** What a handler of a kind hands over when it ends well. */
export type OutputsOf<Kind extends Outputs['kind']> = Extract<Outputs, { kind: Kind }>

/**
 * The work of one step kind. It ends by its outputs, by throwing StepFailed or ForgeError (the job's error), by
 * throwing Paused, or by the signal's reason; anything else it throws becomes `internal_error`.
 */
export type Handler<Kind extends Outputs['kind']> = (task: Task) => Promise<OutputsOf<Kind>>

/** The bytes of a task. */
export interface TaskBlobs {
  has(name: string): boolean
  /** A read-only file with the bytes that the lease names, checked against their hash. `filename` is the owner's. */
  open(name: string): Promise<{ path: string; filename: string }>
  /** The same for an artifact of a model or a checkpoint. */
  fetch(artifact: Artifact): Promise<string>
  /** Uploads a file under this name; bytes that the server has already are not sent again. */
  upload(path: string, name: string): Promise<Artifact>
}

/** Bytes from the network, on this machine's disk until the attempt ends. */
export interface FetchedSource {
  path: string
  filename: string
  /** The address without query and credentials. */
  location: string
  bytes: number
  sha256: string
}

/** A base model on this machine's disk. */
export interface BaseModel {
  /** Holds config.json, tokenizer and safetensors. */
  dir: string
  /** For the CPU serving engine; null = the slow Transformers engine serves this base. */
  gguf: string | null
  context_tokens: number
  /** `architectures[0]` of its config.json. */
  architecture: string | null
}

/** What a handler says while it works. `progress` and `log` return at once and are sent in batches. */
export interface TaskReport {
  /** A checkpoint of this step is complete on this worker: should the job be lost, it waits for this worker a while. */
  localCheckpoint(step: number): void
  progress(progress: Omit<Progress, 'metrics'> & { metrics?: Record<string, number> }): void
  log(line: string): void
  /** Uploads the files and registers the checkpoint: a lost attempt goes on from it. Artifacts are named as the files. */
  checkpoint(step: number, files: readonly string[], metrics: Record<string, number>): Promise<void>
}

/** A complete checkpoint on this worker's disk. */
export interface LocalCheckpoint {
  step: number
  path: string
  metrics: Record<string, number>
}

/** The job's checkpoints on this worker; they outlast the attempt. */
export interface JobCheckpoints {
  /** Holds `step-<n>` folders; may not be there yet. */
  dir: string
  /** The newest whole one, checked file by file; damaged ones are deleted. */
  newest(): Promise<LocalCheckpoint | null>
}

export type FineTuneEnd = { done: z.infer<typeof fineTuneResult> } | { paused: { step: number; path: string } }

/** The training engine of a task; its process starts with the first call and ends with the task. Throws StepFailed. */
export interface Training {
  fineTune(params: FineTuneParams, onEvent: (event: EngineEvent) => void): Promise<FineTuneEnd>
  loss(params: z.infer<typeof lossParams>, onEvent: (event: EngineEvent) => void): Promise<z.infer<typeof lossResult>>
  chrf(pairs: { hypothesis: string; reference: string }[]): Promise<z.infer<typeof chrfResult>>
  /** Asks a fine-tuning run for a checkpoint and its end; `fineTune` then resolves with `paused`. */
  pause(): void
}

export type RollOutState = z.infer<typeof rollOutState>
export type RollOutStart = z.infer<typeof rollOutStart>

/** One attempt at a job, and everything a handler may use for it. */
export interface Task {
  lease: Lease
  /** Aborted when the job was cancelled, the lease lost or the worker stops; its reason is what to throw. */
  signal: AbortSignal
  /** Aborted when the job shall pause. */
  pauseSignal: AbortSignal
  /** Scratch folder of this attempt; deleted when it ends. */
  folder: string
  checkpoints: JobCheckpoints
  blobs: TaskBlobs
  /**
   * Fetches what a source names, with the credentials that the lease brought. Throws ForgeError `source_refused`,
   * `source_unavailable`, `source_too_large`, `address_refused`.
   */
  fetchSource(source: NetworkSource): Promise<FetchedSource>
  baseModels: { resolve(name: string): Promise<BaseModel> }
  report: TaskReport
  training: Training
  /** Through the server's gateway, so through the engine that also serves users. Waits for a sleeping model. Throws StepFailed. */
  chat(request: ChatRequest): Promise<ChatCompletion>
  rollOut: { start(): Promise<RollOutStart>; state(): Promise<RollOutState> }
  /** ISO 639-1 code of a text; `und` where none is found. */
  detectLanguage: (text: string) => Promise<string>
}

/** Ends a step with an error of the catalogue and a message of its own. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed'

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }

  /** As it stands beside an item or a job. */
  toJobError(): JobError {
    const { hint, retryable } = errors[this.code]
    return { code: this.code, message: this.message, hint, retryable }
  }
}

/** Ends an attempt because its job shall pause; the newest checkpoint is registered. */
export class Paused extends Error {
  override readonly name: string = 'Paused'
}

/** Ends an attempt whose job waits for a person: the server has taken it back, and gives it out again once approved. */
export class AwaitsApproval extends Paused {
  override readonly name = 'AwaitsApproval'
}
