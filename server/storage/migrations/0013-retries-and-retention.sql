-- A schedule whose start meets an error of the server waits longer each time.
alter table app.schedule
  add column failed_starts int not null default 0,  -- of the time that is due, in a row
  add column retry_at timestamptz;                  -- not before; null: as soon as it is due

-- Events go after their retention, the oldest first.
create index event_age on app.event (created_at);
create index webhook_delivery_event on app.webhook_delivery (event_id);

-- what is due is asked for by endpoint: one that hangs must not delay the others
create index webhook_due_endpoint on app.webhook_delivery (endpoint_id, next_attempt_at) where status = 'pending';

-- from now on these are sealed like connections' (`v1.<key id>.…`, bound to the row's id); plain ones are read as before
comment on column app.webhook_endpoint.secret is 'sealed where the server has a secret key';
comment on column app.project.signing_secret is 'sealed where the server has a secret key';
