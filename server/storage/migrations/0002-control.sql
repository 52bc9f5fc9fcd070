-- What steers many jobs: paused classes, and work started by the clock.
create table app.queue_pause (
  class text primary key,
  paused_at timestamptz not null default clock_timestamp(),
  paused_by text not null
);

create table app.schedule (
  id text primary key,
  project_id text not null references app.project,
  name text not null,
  cron text not null,
  time_zone text not null,
  work jsonb not null,
  overlap text not null,
  enabled boolean not null,
  next_run_at timestamptz,              -- null while it is switched off
  last_run_at timestamptz,
  last_job_id text references app.job on delete set null,
  last_error jsonb,
  created_at timestamptz not null default clock_timestamp(),
  unique (project_id, name)
);
create index schedule_due on app.schedule (next_run_at) where enabled;
create index job_metadata on app.job using gin (metadata jsonb_path_ops);

-- the answer that a key has had, for calls that make no job; kept for a day
create table app.request_key (
  project_id text not null references app.project,
  key text not null,
  request_hash text not null,
  request_body jsonb not null,
  answer jsonb,                         -- null while the first call is under way, and where it shows a secret
  ended_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (project_id, key)
);
