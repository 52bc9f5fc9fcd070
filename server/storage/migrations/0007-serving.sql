-- Which engine answers for a replica, and projects whose models are only called through a deployment.
alter table app.project
  add column require_deployment boolean not null default false;

alter table app.replica
  add column engine text;              -- llama | transformers, as its worker reports it; null until it is ready
