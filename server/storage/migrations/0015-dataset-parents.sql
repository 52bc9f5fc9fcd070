-- A version that was appended to another one begins with its rows.
alter table app.dataset_version add column parent_id text references app.dataset_version;
create index dataset_version_parent on app.dataset_version (parent_id) where parent_id is not null;

-- of older versions: none was
update app.dataset_version set report = report || '{"appended_to": null}' where not report ? 'appended_to';
