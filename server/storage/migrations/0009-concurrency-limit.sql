-- How many jobs of its key may run when this one begins.
alter table app.job add column concurrency_limit int not null default 1;
