-- Credentials for sources, hubs and orchestrators.
create table app.connection (
  id text primary key,
  project_id text not null references app.project,
  name text not null,
  type text not null,
  settings jsonb not null,
  secrets text not null,               -- sealed: AES-256-GCM, `v1.<key id>.<nonce>.<bytes>.<tag>`, bound to the id
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index connection_name on app.connection (project_id, name);

-- reports say from now on which bytes a version was made of; of older ones it is not known
update app.dataset_version set report = report || '{"sources": []}' where not report ? 'sources';
