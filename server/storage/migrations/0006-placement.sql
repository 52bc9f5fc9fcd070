-- Where a job runs: GPU or CPU as decided when it is dispatched, and the worker that holds its newest checkpoint.
alter table app.job
  add column auto_gpu boolean not null default false,      -- the dispatcher decides between cpu and gpu-1
  add column kept_step int,                                -- newest checkpoint on the disk of the worker kept_by
  add column kept_by text references app.worker on delete set null,
  add column waits_for_worker_until timestamptz;           -- until then only kept_by may lease it

create index job_kept on app.job (kept_by) where kept_by is not null and status = 'queued';
create index job_on_worker on app.job (worker_id) where status in ('running', 'pausing');

-- what was made before the choice existed may use a GPU as well
update app.job set auto_gpu = true
  where kind in ('fine-tune', 'evaluate') and class = 'cpu' and status not in ('succeeded', 'failed', 'cancelled');
