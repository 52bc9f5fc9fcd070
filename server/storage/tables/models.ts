import type { Generated } from 'kysely'
import type { ApprovalStatus } from '../../contract/approvals'
import type { ReplicaState } from '../../contract/deployments'
import type { EvaluationResult } from '../../contract/evaluations'
import type { Artifact, ServingEngineName } from '../../contract/models'
import type { ModelRef } from '../../contract/workers'
import type { Json, Jsonb, NullableTime, Time } from './columns'

/** Models, what judged them, and where they serve. */
export interface ModelTables {
  'app.model': {
    id: string
    project_id: string
    name: string
    base_model: string
    parent: string | null
    dataset_version_id: string | null
    job_id: string
    artifacts: Jsonb<Artifact[]>
    artifact_hash: string
    metrics: Jsonb<Json>
    gate: 'passed' | 'failed' | null
    created_at: Time
    deleted_at: NullableTime
  }
  'app.checkpoint': {
    id: string
    job_id: string
    fence: number
    step: number
    artifacts: Jsonb<Artifact[]>
    metrics: Jsonb<Record<string, number>>
    created_at: Time
  }
  'app.evaluation': {
    id: string
    project_id: string
    model: string
    artifact_hash: string | null
    dataset_version_id: string
    result: Jsonb<EvaluationResult>
    passed: boolean
    items_sha256: string
    job_id: string
    created_at: Time
  }
  'app.deployment': {
    id: string
    project_id: string
    name: string
    on_demand: boolean
    wanted: 'running' | 'stopped'
    generation: Generated<number>
    serving_generation: number | null
    idle_timeout_s: number | null
    asleep: Generated<boolean>
    last_request_at: Generated<Date>
    created_at: Time
    canary_deployment_id: string | null
    canary_weight: number | null
  }
  'app.deployment_generation': {
    deployment_id: string
    generation: number
    model: string
    model_ref: Jsonb<ModelRef>
    artifact_hash: string | null
    state: 'rolling_out' | 'serving' | 'retired' | 'failed'
    failed_starts: Generated<number>
    error: string | null
    reason: string | null
    job_id: string | null
    created_at: Time
  }
  'app.approval': {
    id: string
    project_id: string
    job_id: string
    deployment: string
    model: string
    artifact_hash: string | null
    evaluation_id: string | null
    forced: boolean
    status: Generated<ApprovalStatus>
    requested_at: Time
    expires_at: Date
    decided_at: NullableTime
    decided_by: string | null
    decided_by_name: string | null
    reason: string | null
  }
  'app.replica': {
    id: string
    deployment_id: string
    generation: number
    worker_id: string
    state: ReplicaState
    address: string | null
    served_model: string | null
    engine: ServingEngineName | null
    token: string
    error: string | null
    drain_until: NullableTime
    expires_at: Date
    created_at: Time
  }
}
