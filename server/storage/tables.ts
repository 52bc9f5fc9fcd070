import type { ColumnType, Generated, JSONColumnType, RawBuilder } from 'kysely'
import type { EvaluationResult } from '../contract/evaluations'
import type { IngestReport } from '../contract/ingest'
import type { EventType } from '../contract/events'
import type { DeliveryStatus, WebhookEndpointType } from '../contract/webhook-endpoints'
import type { JobError } from '../contract/errors'
import type { ApprovalStatus } from '../contract/approvals'
import type { CallbackStatus, GroupCancelReason, JobGroupStatus } from '../contract/job-groups'
import type { JobStatus, Progress, ResourceClass, Resources, StepKind, WorkerClass } from '../contract/jobs'
import type { Artifact } from '../contract/models'
import type { ReplicaState } from '../contract/deployments'
import type { ServingEngineName } from '../contract/models'
import type { ModelRef } from '../contract/workers'
import type { Scope } from '../contract/api-keys'
import type { ConnectionType } from '../contract/connections'
import type { EnergyMethod } from '../contract/usage'

export type Json = Record<string, unknown>
type Jsonb<T> = ColumnType<T, string, string>
type NullableJsonb<T> = ColumnType<T | null, string | null, string | null>
type Time = ColumnType<Date, never, Date>
type NullableTime = ColumnType<Date | null, Date | null, Date | null>

/** The columns of schema `app`, as migrations make them. A jsonb column is written as a string. */
export interface Tables {
  'app.project': {
    id: string
    name: string
    created_at: Time
    signing_secret: string | null
    require_deployment: Generated<boolean>
  }
  'app.api_key': {
    id: string
    project_id: string
    name: string
    hash: string
    scopes: Scope[]
    created_at: Time
    last_used_at: NullableTime
    revoked_at: NullableTime
  }
  'app.worker': {
    id: string
    name: string
    boot_id: string
    resources: JSONColumnType<Resources & Json>
    classes: WorkerClass[]
    draining: Generated<boolean>
    last_seen_at: Generated<Date>
  }
  'app.blob': {
    sha256: string
    bytes: number
    created_at: Time
    removed_at: NullableTime
    removed_by: string | null
  }
  'app.job': {
    id: string
    project_id: string
    kind: StepKind
    class: ResourceClass
    status: JobStatus
    status_reason: string | null
    priority: number
    input: Jsonb<Json>
    resources: Jsonb<Resources>
    result: NullableJsonb<Json>
    error: NullableJsonb<JobError>
    progress: NullableJsonb<Progress>
    metadata: Jsonb<Record<string, string>>
    origin: NullableJsonb<Json>
    parent_id: string | null
    step: string | null
    retry_of: string | null
    fence: Generated<number>
    attempt: Generated<number>
    dispatch_no: Generated<number>
    worker_id: string | null
    lease_expires_at: NullableTime
    lost_in_a_row: Generated<number>
    max_attempts: number
    micro_batch_divisor: Generated<number>
    auto_gpu: Generated<boolean>
    kept_step: number | null
    kept_by: string | null
    waits_for_worker_until: NullableTime
    pause_requested_at: NullableTime
    run_at: NullableTime
    timeout_s: number | null
    deadline_at: NullableTime
    concurrency_key: string | null
    concurrency_limit: Generated<number>
    idempotency_key: string | null
    request_hash: string | null
    request_body: NullableJsonb<Json>
    replaced: Generated<boolean>
    seq: Generated<number>
    group_id: string | null
    group_index: number | null
    orphan_after_s: number | null
    unfollowed_since: NullableTime
    ended_xid: ColumnType<string | null, never, RawBuilder<string>>
    created_at: Time
    queued_at: NullableTime
    started_at: NullableTime
    ended_at: NullableTime
  }
  'app.request_key': {
    project_id: string
    key: string
    request_hash: string
    request_body: Jsonb<Json>
    answer: NullableJsonb<Json>
    ended_at: NullableTime
    created_at: Time
  }
  'app.queue_pause': { class: ResourceClass; paused_at: Time; paused_by: string }
  'app.schedule': {
    id: string
    project_id: string
    name: string
    cron: string
    time_zone: string
    work: Jsonb<Json>
    overlap: 'skip' | 'queue'
    enabled: boolean
    next_run_at: NullableTime
    last_run_at: NullableTime
    last_job_id: string | null
    last_error: NullableJsonb<JobError>
    failed_starts: Generated<number>
    retry_at: NullableTime
    created_at: Time
  }
  'app.job_group': {
    id: string
    project_id: string
    status: Generated<JobGroupStatus>
    size: number
    open: number
    cancel_reason: GroupCancelReason | null
    metadata: Jsonb<Record<string, string>>
    origin: NullableJsonb<Json>
    deadline_at: NullableTime
    orphan_after_s: number | null
    idempotency_key: string | null
    request_hash: string
    request_body: Jsonb<Json>
    replaced: Generated<boolean>
    created_at: Time
    ended_at: NullableTime
  }
  'app.follower': {
    project_id: string
    id: string
    lease_seconds: number
    expires_at: ColumnType<Date, RawBuilder<Date>, RawBuilder<Date>>
    created_at: Time
  }
  'app.follower_job': { project_id: string; follower_id: string; job_id: string; xid: ColumnType<string, never, never> }
  'app.callback': {
    message_id: string
    group_id: string
    url: string
    status: Generated<CallbackStatus>
    attempts: Generated<number>
    away_tries: Generated<number>
    not_yet_since: NullableTime
    next_attempt_at: NullableTime
    last_status: number | null
    last_error: string | null
    ping_every_s: number | null
    next_ping_at: NullableTime
    unanswered_pings: Generated<number>
    asked_at: Time
  }
  'app.event': {
    id: string
    xid: Generated<string>
    project_id: string
    type: EventType
    data: Jsonb<Json>
    created_at: Time
  }
  'app.webhook_endpoint': {
    id: string
    project_id: string
    url: string
    events: EventType[] | null
    description: string
    secret: string
    enabled: Generated<boolean>
    disabled_reason: string | null
    failures: Generated<number>
    type: Generated<WebhookEndpointType>
    connection_id: string | null
    asset: string | null
    created_at: Time
  }
  'app.webhook_delivery': {
    id: string
    endpoint_id: string
    event_id: string
    status: Generated<DeliveryStatus>
    attempts: Generated<number>
    first_attempt_at: NullableTime
    next_attempt_at: NullableTime
    last_status: number | null
    last_error: string | null
    created_at: Time
  }
  'app.airflow_follow': {
    connection_id: string
    project_id: string
    held_until: NullableTime
    next_look_at: Generated<Date>
    changed_since: NullableTime
    failures: Generated<number>
  }
  'app.airflow_run': {
    job_id: string
    connection_id: string
    dag_id: string
    dag_run_id: string
    asked_at: NullableTime
    started_at: NullableTime
    looked_at: NullableTime
    failing_since: NullableTime
    closed_at: NullableTime
  }
  'app.event_cursor': { singleton: Generated<boolean>; xid: string; id: string }
  'app.job_dependency': { job_id: string; depends_on: string }
  'app.job_attempt': {
    job_id: string
    fence: number
    attempt: number
    worker_id: string
    started_at: Time
    last_seen_at: Generated<Date>
    ended_at: NullableTime
    outcome: string | null
    answer: NullableJsonb<Json>
  }
  'app.job_event': {
    id: Generated<number>
    job_id: string
    seq: number
    name: string
    data: Jsonb<Json>
    created_at: Time
  }
  'app.job_log': { id: Generated<number>; job_id: string; attempt: number; at: Date; line: string }
  'app.outbox': { id: Generated<number>; job_id: string; dispatch_no: number; created_at: Time }
  'app.file': {
    id: string
    project_id: string
    purpose: 'fine-tune' | 'batch' | 'dataset' | 'evals'
    filename: string
    bytes: number
    sha256: string
    created_at: Time
    deleted_at: NullableTime
    erased_at: NullableTime
    erased_by: string | null
  }
  'app.connection': {
    id: string
    project_id: string
    name: string
    type: ConnectionType
    settings: Jsonb<Json>
    secrets: string
    created_at: Time
    updated_at: Generated<Date>
  }
  'app.dataset': {
    id: string
    project_id: string
    name: string
    created_at: Time
    deleted_at: NullableTime
    erased_at: NullableTime
    erased_by: string | null
  }
  'app.dataset_version': {
    id: string
    dataset_id: string
    version: number
    sha256: string
    rows: number
    validation_sha256: string | null
    validation_rows: number
    report: Jsonb<IngestReport>
    job_id: string
    parent_id: string | null
    created_at: Time
  }
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
  'app.energy_sample': {
    owner: string
    meter: string
    sequence: number
    started_at: Date
    ended_at: Date
    joules: number
    method: EnergyMethod
    covers: string
    error_percent: number | null
    cpu_seconds: number
    gpu_seconds: number
  }
  'app.ledger_entry': {
    owner: string
    project_id: string
    job_id: string | null
    deployment_id: string | null
    model: string | null
    kind: string
    started_at: Date
    ended_at: Date
    energy_joules: number
    method: EnergyMethod | null
    covers: string[]
    cost: number
    currency: string
    co2e_grams: number
    cpu_seconds: number
    gpu_seconds: number
    tokens: number | null
  }
  'app.audit': {
    id: Generated<number>
    project_id: string
    actor: string
    action: string
    subject: string
    details: Jsonb<Json>
    created_at: Time
  }
}
