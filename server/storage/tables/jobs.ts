import type { ColumnType, Generated, JSONColumnType, RawBuilder } from 'kysely'
import type { JobError } from '../../contract/errors'
import type { CallbackStatus, GroupCancelReason, JobGroupStatus } from '../../contract/job-groups'
import type { JobStatus, Progress, ResourceClass, Resources, StepKind, WorkerClass } from '../../contract/jobs'
import type { Json, Jsonb, NullableJsonb, NullableTime, Time } from './columns'

/** Jobs and all that starts, groups, orders and waits for them. */
export interface JobTables {
  'app.worker': {
    id: string
    name: string
    boot_id: string
    resources: JSONColumnType<Resources & Json>
    classes: WorkerClass[]
    draining: Generated<boolean>
    last_seen_at: Generated<Date>
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
}
