-- What a project may cost in a calendar month (UTC), and what was told of it.
alter table app.project
  add column budget_monthly_cost double precision,            -- null: no budget
  add column budget_warn_at double precision not null default 0.8,  -- share of it
  add column budget_told text;                                -- the last event of this month, as `2026-12 budget.warning`
