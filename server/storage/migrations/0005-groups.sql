-- Jobs that end together, and the call that says so.
create table app.job_group (
  id text primary key,
  project_id text not null references app.project,
  status text not null default 'running',
  size int not null,
  open int not null,                    -- members that have not ended; who takes it to 0 ends the group
  cancel_reason text,                   -- why its open members are being cancelled: asked, nobody_waits
  metadata jsonb not null default '{}',
  origin jsonb,
  deadline_at timestamptz,              -- the members carry it as their own
  orphan_after_s int,                   -- null: never given up
  idempotency_key text,
  request_hash text not null,
  request_body jsonb not null,
  replaced boolean not null default false,  -- a later call with the same key made another group
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create unique index job_group_idempotency on app.job_group (project_id, idempotency_key)
  where idempotency_key is not null and not replaced;
create index job_group_list on app.job_group (project_id, id desc);

alter table app.job add column group_id text references app.job_group, add column group_index int;
create unique index job_group_member on app.job (group_id, group_index) where group_id is not null;

create table app.callback (
  message_id text primary key,          -- the `webhook-id`: the same for every try, so that a receiver knows a repeat
  group_id text not null references app.job_group on delete cascade,
  url text not null,
  status text not null default 'waiting',
  attempts int not null default 0,
  away_tries int not null default 0,    -- of the attempts, those that found no receiver in order
  not_yet_since timestamptz,            -- the first of the answers in a row that say "not yet"
  next_attempt_at timestamptz,          -- of the callback; while one is under way, when another server may take it over
  last_status int,
  last_error text,
  ping_every_s double precision,        -- null: never
  next_ping_at timestamptz,
  unanswered_pings int not null default 0,  -- in a row, by a receiver that is there and does not wait
  asked_at timestamptz not null default clock_timestamp(),
  unique (group_id, url)
);
create index callback_due on app.callback (next_attempt_at) where status = 'pending';
create index callback_ping on app.callback (next_ping_at) where status = 'waiting';

-- signs what Forge sends to addresses outside (Standard Webhooks)
alter table app.project add column signing_secret text;
