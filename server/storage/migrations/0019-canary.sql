-- a share of a deployment's calls is answered by another one, to see how it does before it takes over
alter table app.deployment
  add column canary_deployment_id text references app.deployment on delete set null,
  add column canary_weight double precision,
  add check ((canary_weight > 0 and canary_weight <= 1) or canary_weight is null);
