-- How many calls each deployment answered, minute by minute, and how long they took.
create table app.deployment_traffic (
  deployment_id text not null references app.deployment on delete cascade,
  minute timestamptz not null,
  requests int not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  busy_seconds double precision not null,   -- of all calls together, side by side too
  durations int[] not null,                 -- calls by how long they took, see server/contract/traffic.ts
  primary key (deployment_id, minute)
);
create index deployment_traffic_age on app.deployment_traffic (minute);
