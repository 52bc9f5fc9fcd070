-- A person's word on a deploy job that passed its gate and waits for it.
create table app.approval (
  id text primary key,
  project_id text not null references app.project,
  job_id text not null references app.job,
  deployment text not null,             -- the name; the deployment itself may not be there yet
  model text not null,
  artifact_hash text,                   -- what was asked about: other artifacts of the same name are asked about anew
  evaluation_id text,                   -- the last one of these artifacts when it was asked
  forced boolean not null,              -- the gate failed, and the job says to deploy all the same
  status text not null default 'pending',
  requested_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,                      -- id of the API key
  decided_by_name text,                 -- as it was called then
  reason text
);
-- a job asks one question at a time
create unique index approval_pending on app.approval (job_id) where status = 'pending';
create index approval_due on app.approval (expires_at) where status = 'pending';
create index approval_list on app.approval (project_id, id desc);
create index approval_job on app.approval (job_id);
