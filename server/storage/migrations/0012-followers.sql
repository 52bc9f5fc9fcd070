-- Who waits for many jobs over one connection, as Airflow's triggerer does; a job that nobody follows any more is given up.
create table app.follower (
  project_id text not null references app.project,
  id text not null,                     -- chosen by the caller
  lease_seconds int not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (project_id, id)
);
create index follower_lapsed on app.follower (expires_at);

create table app.follower_job (
  project_id text not null,
  follower_id text not null,
  job_id text not null references app.job on delete cascade,
  xid xid8 not null default pg_current_xact_id(),  -- of the call that added it: an earlier end is told after it
  primary key (project_id, follower_id, job_id),
  foreign key (project_id, follower_id) references app.follower on delete cascade
);
create index follower_job_job on app.follower_job (job_id);

alter table app.job
  add column orphan_after_s int,        -- null: never given up
  add column unfollowed_since timestamptz,  -- its last follower lapsed, and no other has come
  add column ended_xid xid8;            -- of the transaction that ended it; null: it ended before this was kept
create index job_orphan on app.job (unfollowed_since)
  where unfollowed_since is not null and orphan_after_s is not null
    and status not in ('succeeded', 'failed', 'cancelled');
