import { sql, type RawBuilder } from 'kysely'
import type { ResourceClass, Resources } from '../contract/jobs'
import type { Db, Tx } from '../storage/database'

/** What a worker says it has, and the classes it leases from. */
export interface Offer {
  classes: readonly ResourceClass[]
  resources: Resources
}
/** What jobs that may run in the same places have in common. */
export interface Shape {
  class: ResourceClass
  auto_gpu: boolean
  resources: Resources
}

/** Whether what a job states fits into what a worker offers. GPU memory is that of each GPU, so without GPUs it is none. */
export const fits = (job: Resources, offer: Resources): boolean =>
  job.cpus <= offer.cpus &&
  job.memory_bytes <= offer.memory_bytes &&
  job.gpus <= offer.gpus &&
  (job.gpus === 0 || job.gpu_memory_bytes <= offer.gpu_memory_bytes) &&
  Object.entries(job.labels).every(([name, value]) => offer.labels[name] === value)

/**
 * Where a job runs among these workers, or null where it fits none. `auto_gpu`: on a GPU as soon as a worker offers one
 * that it fits, also when it has to wait for it; else on a CPU.
 */
export const placeOf = (
  shape: Shape,
  offers: readonly Offer[],
): { class: ResourceClass; resources: Resources } | null => {
  const wishes: { class: ResourceClass; resources: Resources }[] = shape.auto_gpu
    ? [
        { class: 'gpu-1', resources: { ...shape.resources, gpus: 1 } },
        { class: 'cpu', resources: { ...shape.resources, gpus: 0 } },
      ]
    : [shape]
  return (
    wishes.find((wish) =>
      offers.some((offer) => offer.classes.includes(wish.class) && fits(wish.resources, offer.resources)),
    ) ?? null
  )
}

/** Of a job: the worker that holds its newest checkpoint has the first right to it. Not while that one is drained. */
export const waitsForKeeper = sql<boolean>`(coalesce(app.job.waits_for_worker_until > clock_timestamp(), false)
  and exists (select 1 from app.worker keeper where keeper.id = app.job.kept_by and not keeper.draining))`

/** Queued, due, not waiting for a worker of its own, and not the server's own work. */
export const mayBeDispatched = sql<boolean>`(app.job.status = 'queued' and app.job.class <> 'server'
  and (app.job.run_at is null or app.job.run_at <= clock_timestamp()) and not ${waitsForKeeper})`

/** Of a queued job: fewer jobs of its concurrency key run than it allows. */
export const concurrencyKeyHasRoom = sql<boolean>`(app.job.concurrency_key is null or app.job.concurrency_limit > (
  select count(*) from app.job other where other.project_id = app.job.project_id
    and other.concurrency_key = app.job.concurrency_key and other.status in ('running', 'pausing')))`

/** The jobs of a shape that may be dispatched and need this change, but for those that someone else changes just now. */
const rowsOf = (shape: Shape, need: RawBuilder<boolean>) =>
  sql`(select id from app.job where ${mayBeDispatched} and class = ${shape.class} and auto_gpu = ${shape.auto_gpu}
    and resources = ${JSON.stringify(shape.resources)}::jsonb and ${need} for update skip locked)`

/**
 * Decides for all waiting jobs, shape by shape, where they run: writes class and resources of those that may choose,
 * and marks those that fit nobody with `no_worker_fits`. Returns the shapes that fit, as they are now. There are few
 * shapes, however many jobs wait.
 */
export const placeQueued = async (db: Db | Tx, offers: readonly Offer[]): Promise<Shape[]> => {
  const shapes = await db
    .selectFrom('app.job')
    .select(['class', 'auto_gpu', 'resources'])
    .distinct()
    .where(mayBeDispatched)
    .execute()
  const placed: Shape[] = []
  for (const shape of shapes) {
    const place = placeOf(shape, offers)
    if (place === null) {
      await sql`update app.job set status_reason = 'no_worker_fits'
        where id in ${rowsOf(shape, sql`status_reason is distinct from 'no_worker_fits'`)}`.execute(db)
      continue
    }
    // a ticket for the place that is no longer right becomes stale by the new number
    if (place.class !== shape.class)
      await sql`with moved as (
          update app.job set class = ${place.class}, resources = ${JSON.stringify(place.resources)}::jsonb,
            dispatch_no = dispatch_no + 1, status_reason = null
          where id in ${rowsOf(shape, sql`true`)} returning id, dispatch_no)
        insert into app.outbox (job_id, dispatch_no) select id, dispatch_no from moved`.execute(db)
    else
      await sql`update app.job set status_reason = null
        where id in ${rowsOf(shape, sql`status_reason in ('no_worker_fits', 'waits_for_worker')`)}`.execute(db)
    placed.push({ ...place, auto_gpu: shape.auto_gpu })
  }
  return placed
}
