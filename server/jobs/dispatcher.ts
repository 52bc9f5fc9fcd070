import { sql } from 'kysely'
import { workerClass, type ResourceClass } from '../contract/jobs'
import type { JobBroker } from '../queue/broker'
import type { Db } from '../storage/database'
import { notify } from '../storage/sql/append-event'
import { markPaused, pausedClasses } from './queue-pause'
import { concurrencyKeyHasRoom, mayBeDispatched, placeQueued, type Offer, type Shape } from './placement'

/** Tickets that may wait in the broker for each slot of a class: the rest is still in the dispatcher's hand. */
const ticketsPerSlot = 2
const slotsOf = (name: ResourceClass, { resources }: Offer): number => (name === 'gpu-1' ? resources.gpus : 1)

/**
 * Chooses which queued jobs get a ticket next: priority, then least device-seconds of the project in the last hour,
 * then age. Jobs before their `run_at`, or whose concurrency key is busy, wait; a job that fits no known worker
 * says so in its row, and hides nobody. A ticket is added before its outbox row goes: a crash between the two adds it
 * again, which the broker ignores.
 */
export const dispatch = async (db: Db, broker: JobBroker): Promise<number> => {
  const workers = await db
    .selectFrom('app.worker')
    .select(['classes', 'resources'])
    .where('draining', '=', false)
    .where('last_seen_at', '>', sql<Date>`clock_timestamp() - interval '2 minutes'`)
    .execute()
  const shapes = await placeQueued(db, workers)
  const paused = await pausedClasses(db)
  let sent = 0
  for (const name of workerClass.options) {
    const fitting = shapes.filter((shape) => shape.class === name)
    if (fitting.length === 0) continue
    if (paused.has(name)) {
      await markPaused(db, name)
      continue
    }
    const slots = workers
      .filter(({ classes }) => classes.includes(name))
      .reduce((sum, offer) => sum + slotsOf(name, offer), 0)
    const room = ticketsPerSlot * slots - (await broker.waiting(name))
    if (room <= 0) continue
    for (const job of await next(db, name, fitting, room)) {
      await broker.add(name, { jobId: job.id, dispatchNo: job.dispatch_no }, { priority: job.priority })
      await db
        .deleteFrom('app.outbox')
        .where('job_id', '=', job.id)
        .where('dispatch_no', '<=', job.dispatch_no)
        .execute()
      sent += 1
    }
  }
  if (sent > 0) await notify(db, 'ticket')
  return sent
}

const next = async (db: Db, name: ResourceClass, fitting: readonly Shape[], limit: number) => {
  const spent = db
    .selectFrom('app.ledger_entry')
    .select(['project_id', sql<number>`sum(cpu_seconds + gpu_seconds)`.as('seconds')])
    .where('started_at', '>', sql<Date>`clock_timestamp() - interval '1 hour'`)
    .groupBy('project_id')
    .as('spent')
  return await db
    .selectFrom('app.job')
    .innerJoin('app.outbox', (join) =>
      join.onRef('app.outbox.job_id', '=', 'app.job.id').onRef('app.outbox.dispatch_no', '=', 'app.job.dispatch_no'),
    )
    .leftJoin(spent, 'spent.project_id', 'app.job.project_id')
    .select(['app.job.id', 'app.job.dispatch_no', 'app.job.priority'])
    .where(mayBeDispatched)
    .where('class', '=', name)
    .where(sql<boolean>`app.job.resources = any(${fitting.map(({ resources }) => JSON.stringify(resources))}::jsonb[])`)
    .where(concurrencyKeyHasRoom)
    .orderBy('priority')
    .orderBy(sql`coalesce(spent.seconds, 0)`)
    .orderBy('queued_at')
    // the jobs of a group are queued at the same moment: in the order given
    .orderBy('app.job.id')
    .limit(limit)
    .execute()
}

/** Queued jobs whose ticket was lost (a broker restored from a backup, say) get a new one. Returns how many. */
export const reissueLostTickets = async (db: Db, broker: JobBroker): Promise<number> => {
  const suspects = await db
    .selectFrom('app.job')
    .leftJoin('app.outbox', 'app.outbox.job_id', 'app.job.id')
    .select(['app.job.id', 'app.job.class', 'app.job.dispatch_no'])
    .where('status', '=', 'queued')
    .where('class', '<>', 'server')
    .where('app.outbox.id', 'is', null)
    .where('queued_at', '<', sql<Date>`clock_timestamp() - interval '5 seconds'`)
    .limit(200)
    .execute()
  let reissued = 0
  for (const { id, class: name, dispatch_no: dispatchNo } of suspects) {
    if (await broker.has(name, { jobId: id, dispatchNo })) continue
    await db.transaction().execute(async (tx) => {
      const row = await tx
        .updateTable('app.job')
        .where('id', '=', id)
        .where('status', '=', 'queued')
        .where('dispatch_no', '=', dispatchNo)
        .set((eb) => ({ dispatch_no: eb('dispatch_no', '+', 1) }))
        .returning('dispatch_no')
        .executeTakeFirst()
      if (!row) return
      await tx.insertInto('app.outbox').values({ job_id: id, dispatch_no: row.dispatch_no }).execute()
      reissued += 1
    })
  }
  if (reissued > 0) await notify(db, 'outbox')
  return reissued
}
