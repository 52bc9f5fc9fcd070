import type { JobStatus, StepKind } from '../../contract/jobs'
import type { Scope } from '../../contract/api-keys'

/** Every key of a record that the compiler has checked to be complete: the browser loads the contract's types, not zod. */
const complete = <Name extends string>(names: Record<Name, true>): Name[] => Object.keys(names) as Name[]

export const jobStatuses = complete<JobStatus>({
  blocked: true,
  queued: true,
  running: true,
  pausing: true,
  paused: true,
  awaiting_approval: true,
  succeeded: true,
  failed: true,
  cancelled: true,
})
export const stepKinds = complete<StepKind>({
  ingest: true,
  'fine-tune': true,
  evaluate: true,
  deploy: true,
  generate: true,
  recipe: true,
  'airflow-dag': true,
  sleep: true,
})
export const scopes = complete<Scope>({
  read: true,
  write: true,
  generate: true,
  approve: true,
  worker: true,
  admin: true,
})
