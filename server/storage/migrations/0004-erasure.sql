-- Bytes that nobody names any more go; the row stays as their tombstone.
alter table app.blob
  add column removed_at timestamptz,
  add column removed_by text;           -- `collector`, or the API key that erased it
create index blob_collect on app.blob (created_at) where removed_at is null;
alter table app.file add column erased_at timestamptz, add column erased_by text;
alter table app.dataset add column erased_at timestamptz, add column erased_by text;

-- who names a hash is asked for every blob that is older than a day
create index model_artifacts on app.model using gin (artifacts jsonb_path_ops);
create index checkpoint_artifacts on app.checkpoint using gin (artifacts jsonb_path_ops);
create index file_blob on app.file (sha256);
create index dataset_version_blob on app.dataset_version (sha256);
create index dataset_validation_blob on app.dataset_version (validation_sha256) where validation_sha256 is not null;
create index evaluation_items on app.evaluation (items_sha256);
create index job_rows on app.job ((result ->> 'rows_sha256')) where result ->> 'rows_sha256' is not null;
