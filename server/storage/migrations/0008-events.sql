-- What happened, for whoever follows several jobs; and whom Forge tells.
create table app.event (
  id text primary key,
  xid xid8 not null default pg_current_xact_id(),  -- readers stay below pg_snapshot_xmin: a later commit is never missed
  project_id text not null references app.project,
  type text not null,
  data jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
create index event_order on app.event (xid, id);
create index event_list on app.event (project_id, id desc);
create index event_type on app.event (project_id, type, id desc);

create table app.webhook_endpoint (
  id text primary key,
  project_id text not null references app.project,
  url text not null,
  events text[],                        -- null: all
  description text not null,
  secret text not null,
  enabled boolean not null default true,
  disabled_reason text,
  failures int not null default 0,      -- messages given up in a row
  created_at timestamptz not null default clock_timestamp(),
  unique (project_id, url)
);

create table app.webhook_delivery (
  id text primary key,
  endpoint_id text not null references app.webhook_endpoint on delete cascade,
  event_id text not null references app.event on delete cascade,
  status text not null default 'pending',
  attempts int not null default 0,
  first_attempt_at timestamptz,
  next_attempt_at timestamptz default clock_timestamp(),
  last_status int,
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  unique (endpoint_id, event_id)
);
create index webhook_due on app.webhook_delivery (next_attempt_at) where status = 'pending';

-- up to where events have become deliveries: one row, locked by the server that goes on
create table app.event_cursor (
  singleton boolean primary key default true check (singleton),
  xid xid8 not null,
  id text not null
);
insert into app.event_cursor (xid, id) values ('0', '');
