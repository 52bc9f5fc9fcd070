-- Browsers that are signed in, and the links that sign one in. Of each secret only the SHA-256 is here.
create table app.sign_in_link (
  hash text primary key,
  api_key_id text not null references app.api_key,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create table app.session (
  hash text primary key,
  api_key_id text not null references app.api_key,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index session_expiry on app.session (expires_at);
create index sign_in_link_expiry on app.sign_in_link (expires_at);
