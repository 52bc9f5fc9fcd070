-- "failed evaluations" of a million jobs: without it every failed job is looked at, where few or none are evaluations
create index job_list_kind_status on app.job (project_id, kind, status, id desc);
