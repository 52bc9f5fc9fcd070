import { sql } from 'kysely'
import { resourceClass, type ResourceClass } from '../contract/jobs'
import type { Queue } from '../contract/queues'
import type { Db, Tx } from '../storage/database'
import { notify } from '../storage/sql/append-event'

const reason = 'queue_paused'

/** The classes that give out no jobs now. */
export const pausedClasses = async (tx: Db | Tx): Promise<ReadonlySet<ResourceClass>> =>
  new Set((await tx.selectFrom('app.queue_pause').select('class').execute()).map((row) => row.class))

/** Pauses a class; its waiting jobs say why they wait. Pausing again changes nothing. */
export const pauseQueue = async (db: Db, name: ResourceClass, by: string): Promise<void> => {
  await db
    .insertInto('app.queue_pause')
    .values({ class: name, paused_by: by })
    .onConflict((on) => on.doNothing())
    .execute()
  await markPaused(db, name)
}

/** Says on the waiting jobs of a paused class why they wait. */
export const markPaused = async (db: Db, name: ResourceClass): Promise<void> => {
  await db
    .updateTable('app.job')
    .set({ status_reason: reason })
    .where('class', '=', name)
    .where('status', '=', 'queued')
    // the dispatcher says each time anew that a job fits no worker: the two reasons would take turns
    .where(sql<boolean>`coalesce(status_reason, '') not in (${reason}, 'no_worker_fits')`)
    .execute()
}

export const resumeQueue = async (db: Db, name: ResourceClass): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('app.queue_pause').where('class', '=', name).execute()
    await tx
      .updateTable('app.job')
      .set({ status_reason: null })
      .where('class', '=', name)
      .where('status', '=', 'queued')
      .where('status_reason', '=', reason)
      .execute()
    await notify(tx, 'outbox')
    await notify(tx, 'ticket')
  })
}

/** All queues with their load, over all projects: devices are shared. */
export const listQueues = async (db: Db): Promise<Queue[]> => {
  const counts = await db
    .selectFrom('app.job')
    .select(['class', sql<number>`count(*) filter (where status = 'queued')::int`.as('queued')])
    .select(
      sql<number>`count(*) filter (where status in ('running', 'pausing') and kind <> 'recipe')::int`.as('running'),
    )
    .where('status', 'in', ['queued', 'running', 'pausing'])
    .groupBy('class')
    .execute()
  const pauses = await db.selectFrom('app.queue_pause').selectAll().execute()
  return resourceClass.options.map((name) => {
    const load = counts.find((row) => row.class === name)
    const pause = pauses.find((row) => row.class === name)
    return {
      class: name,
      object: 'queue',
      queued: load?.queued ?? 0,
      running: load?.running ?? 0,
      paused_at: pause?.paused_at.toISOString() ?? null,
      paused_by: pause?.paused_by ?? null,
    }
  })
}
