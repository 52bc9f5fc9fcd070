-- The truth of Forge. Schema `bullmq` beside it belongs to the broker.
create schema if not exists app;

create table app.project (
  id text primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

create table app.api_key (
  id text primary key,
  project_id text not null references app.project,
  name text not null,
  hash text not null unique,          -- hex SHA-256 of the key; the key itself is shown once
  scopes text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

create table app.worker (
  id text primary key,
  name text not null unique,
  boot_id text not null,
  resources jsonb not null,
  classes text[] not null,
  draining boolean not null default false,
  last_seen_at timestamptz not null default now()
);

create table app.blob (
  sha256 text primary key,
  bytes bigint not null,
  created_at timestamptz not null default now()
);

create table app.job (
  id text primary key,
  project_id text not null references app.project,
  kind text not null,
  class text not null,
  status text not null,
  status_reason text,
  priority int not null,
  input jsonb not null,
  resources jsonb not null,
  result jsonb,
  error jsonb,
  progress jsonb,
  metadata jsonb not null default '{}',
  origin jsonb,
  parent_id text references app.job,
  step text,                           -- its name within the recipe run
  retry_of text references app.job,
  -- lease: only the database's clock sets and compares these
  fence int not null default 0,
  attempt int not null default 0,
  dispatch_no int not null default 0,
  worker_id text references app.worker,
  lease_expires_at timestamptz,
  lost_in_a_row int not null default 0,
  max_attempts int not null,
  micro_batch_divisor int not null default 1,
  pause_requested_at timestamptz,
  -- what the user may ask
  run_at timestamptz,
  timeout_s int,
  deadline_at timestamptz,
  concurrency_key text,
  -- idempotency: lives as long as the row
  idempotency_key text,
  request_hash text,
  request_body jsonb,
  replaced boolean not null default false,  -- by on_existing = replace_failed: the key names the newer job
  seq int not null default 0,          -- last event number
  created_at timestamptz not null default clock_timestamp(),
  queued_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz
);
create unique index job_idempotency on app.job (project_id, idempotency_key) where idempotency_key is not null and not replaced;
create index job_list on app.job (project_id, id desc);
create index job_list_status on app.job (project_id, status, id desc);
create index job_list_kind on app.job (project_id, kind, id desc);
create index job_leases on app.job (lease_expires_at) where status in ('running', 'pausing');
create index job_queue on app.job (class, priority, queued_at) where status = 'queued';
create index job_open on app.job (deadline_at) where deadline_at is not null and status not in ('succeeded', 'failed', 'cancelled');
create index job_children on app.job (parent_id) where parent_id is not null;
create index job_concurrency on app.job (project_id, concurrency_key) where concurrency_key is not null and status in ('running', 'pausing');

create table app.job_dependency (
  job_id text not null references app.job on delete cascade,
  depends_on text not null references app.job on delete cascade,
  primary key (job_id, depends_on)
);
create index job_dependents on app.job_dependency (depends_on);

create table app.job_attempt (
  job_id text not null references app.job on delete cascade,
  fence int not null,
  attempt int not null,
  worker_id text not null references app.worker,
  started_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome text,                        -- succeeded, failed, lost, cancelled, paused, requeued
  answer jsonb,                        -- what complete or fail answered: the same call again gets it
  primary key (job_id, fence)
);

create table app.job_event (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),  -- streams across jobs read below pg_snapshot_xmin only
  job_id text not null references app.job on delete cascade,
  seq int not null,
  name text not null,
  data jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (job_id, seq)
);

create table app.job_log (
  job_id text not null references app.job on delete cascade,
  id bigint generated always as identity,
  attempt int not null,
  at timestamptz not null,
  line text not null,
  primary key (job_id, id)
);

create table app.outbox (
  id bigint generated always as identity primary key,
  job_id text not null references app.job on delete cascade,
  dispatch_no int not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (job_id, dispatch_no)
);

create table app.file (
  id text primary key,
  project_id text not null references app.project,
  purpose text not null,
  filename text not null,
  bytes bigint not null,
  sha256 text not null references app.blob,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index file_list on app.file (project_id, id desc) where deleted_at is null;

create table app.dataset (
  id text primary key,
  project_id text not null references app.project,
  name text not null,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index dataset_name on app.dataset (project_id, name) where deleted_at is null;

create table app.dataset_version (
  id text primary key,
  dataset_id text not null references app.dataset,
  version int not null,
  sha256 text not null references app.blob,
  rows int not null,
  validation_sha256 text references app.blob,
  validation_rows int not null,
  report jsonb not null,
  job_id text not null references app.job,
  created_at timestamptz not null default now(),
  unique (dataset_id, version),
  unique (job_id)
);

create table app.model (
  id text primary key,
  project_id text not null references app.project,
  name text not null,
  base_model text not null,
  parent text,
  dataset_version_id text references app.dataset_version,
  job_id text not null unique references app.job,
  artifacts jsonb not null,
  artifact_hash text not null,
  metrics jsonb not null,
  gate text,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index model_list on app.model (project_id, id desc) where deleted_at is null;

create table app.checkpoint (
  id text primary key,
  job_id text not null references app.job on delete cascade,
  fence int not null,
  step int not null,
  artifacts jsonb not null,
  metrics jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (job_id, step)
);

create table app.evaluation (
  id text primary key,
  project_id text not null references app.project,
  model text not null,
  artifact_hash text,
  dataset_version_id text not null references app.dataset_version,
  result jsonb not null,
  passed boolean not null,
  items_sha256 text not null references app.blob,
  job_id text not null unique references app.job,
  created_at timestamptz not null default now()
);
create index evaluation_list on app.evaluation (project_id, id desc);

create table app.deployment (
  id text primary key,
  project_id text not null references app.project,
  name text not null,
  on_demand boolean not null default false,  -- made by a call to a model that has no deployment
  wanted text not null,                -- running, stopped
  generation int not null default 0,   -- newest wanted
  serving_generation int,
  idle_timeout_s int,
  asleep boolean not null default false,
  last_request_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create unique index deployment_name on app.deployment (project_id, name);

create table app.deployment_generation (
  deployment_id text not null references app.deployment on delete cascade,
  generation int not null,
  model text not null,
  model_ref jsonb not null,            -- pinned: base, artifacts and their hash
  artifact_hash text,
  state text not null,                 -- rolling_out, serving, retired, failed
  failed_starts int not null default 0,
  error text,
  reason text,
  job_id text references app.job,
  created_at timestamptz not null default now(),
  primary key (deployment_id, generation)
);

create table app.replica (
  id text primary key,
  deployment_id text not null,
  generation int not null,
  worker_id text not null references app.worker,
  state text not null,
  address text,                        -- host:port of the engine
  served_model text,                   -- the name that the engine knows the model by
  token text not null,
  error text,
  drain_until timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  foreign key (deployment_id, generation) references app.deployment_generation on delete cascade
);
create index replica_live on app.replica (deployment_id, state);

create table app.energy_sample (
  owner text not null,                 -- job id and fence, replica id, or worker id for idle
  meter text not null,
  sequence int not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  joules double precision not null,
  method text not null,
  covers text not null,
  error_percent double precision,
  cpu_seconds double precision not null,
  gpu_seconds double precision not null,
  primary key (owner, meter, sequence)
);

create table app.ledger_entry (         -- what an attempt, or a replica in one hour, took; priced at the time of each sample
  owner text primary key,              -- `<job>.<fence>`, or `<replica>/<hour>`
  project_id text not null references app.project,
  job_id text references app.job on delete cascade,
  deployment_id text references app.deployment on delete cascade,
  model text,
  kind text not null,                  -- the job's kind, or `serve`
  started_at timestamptz not null,
  ended_at timestamptz not null,
  energy_joules double precision not null,
  method text,
  covers text[] not null,
  cost double precision not null,
  currency text not null,
  co2e_grams double precision not null,
  cpu_seconds double precision not null,
  gpu_seconds double precision not null,
  tokens bigint                        -- null where tokens are not the unit
);
create index ledger_job on app.ledger_entry (job_id) where job_id is not null;
create index ledger_time on app.ledger_entry (project_id, started_at);

create table app.audit (
  id bigint generated always as identity primary key,
  project_id text not null references app.project,
  actor text not null,
  action text not null,
  subject text not null,
  details jsonb not null default '{}',
  created_at timestamptz not null default now()
);
