-- Runs in Airflow that the server follows, and the connections that it asks for them.
create table app.airflow_follow (
  connection_id text primary key,       -- no reference: a run outlives a deleted connection, and then fails with that reason
  project_id text not null references app.project,
  held_until timestamptz,               -- one server at a time follows a connection
  next_look_at timestamptz not null default clock_timestamp(),
  changed_since timestamptz,            -- by Airflow's clock: changes before it have been seen; null: none yet
  failures int not null default 0       -- looks in a row that Airflow did not answer
);

create table app.airflow_run (
  job_id text primary key references app.job on delete cascade,
  connection_id text not null references app.airflow_follow,
  dag_id text not null,
  dag_run_id text not null,             -- made of the job's id, so that a repeated start finds the run
  asked_at timestamptz,                 -- the start was sent: the run may be there, whatever the answer
  started_at timestamptz,               -- Airflow confirmed the start
  looked_at timestamptz,                -- last time Airflow was asked about this run
  failing_since timestamptz,            -- since then Airflow could not be asked about it
  closed_at timestamptz                 -- nothing is left to do in Airflow
);
create index airflow_run_open on app.airflow_run (connection_id) where closed_at is null;

-- events can go to an asset in Airflow in place of an address
alter table app.webhook_endpoint
  add column type text not null default 'http',
  add column connection_id text,        -- of type `airflow`
  add column asset text;                -- its name or URI
