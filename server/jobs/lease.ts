import { sql } from 'kysely'
import type { ResourceClass, Resources } from '../contract/jobs'
import type { JobBroker } from '../queue/broker'
import type { Db, Tx } from '../storage/database'
import { moveJob, type JobRow } from './move-job'
import { fits, waitsForKeeper } from './placement'
import { pausedClasses } from './queue-pause'

export interface LeaseAsk {
  workerId: string
  free: Resources
  classes: readonly ResourceClass[]
  leaseSeconds: number
}

/**
 * Sends a queued job back for a new ticket, with the reason that its row shows. The dispatcher is not woken: it would
 * hand the ticket to the same worker again, as fast as both can.
 */
const reissue = async (tx: Tx, job: JobRow, reason: string): Promise<void> => {
  const { dispatch_no } = await tx
    .updateTable('app.job')
    .where('id', '=', job.id)
    .set((eb) => ({ dispatch_no: eb('dispatch_no', '+', 1), status_reason: reason }))
    .returning('dispatch_no')
    .executeTakeFirstOrThrow()
  await tx.insertInto('app.outbox').values({ job_id: job.id, dispatch_no }).execute()
}

/** Whether as many jobs of its concurrency key run as it allows; until this transaction ends, none can begin. */
export const concurrencyKeyIsBusy = async (tx: Tx, job: JobRow): Promise<boolean> => {
  if (job.concurrency_key === null) return false
  // two tickets of one key may be taken at the same moment: one waits here and then sees the other running
  await sql`select pg_advisory_xact_lock(hashtextextended(${`concurrency/${job.project_id}/${job.concurrency_key}`}, 0))`.execute(
    tx,
  )
  const { running } = await tx
    .selectFrom('app.job')
    .select((eb) => eb.fn.countAll<number>().as('running'))
    .where('project_id', '=', job.project_id)
    .where('concurrency_key', '=', job.concurrency_key)
    .where('status', 'in', ['running', 'pausing'])
    .executeTakeFirstOrThrow()
  return running >= job.concurrency_limit
}

/** What a worker has left: what it offers less what its running jobs book, and no more than it says is free. */
const leftOf = async (tx: Tx, ask: LeaseAsk): Promise<Resources | null> => {
  // one lease at a time per worker: two could both see its last GPU free
  const worker = await tx
    .selectFrom('app.worker')
    .select('resources')
    .where('id', '=', ask.workerId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!worker) return null
  const held = await tx
    .selectFrom('app.job')
    .select('resources')
    .where('worker_id', '=', ask.workerId)
    .where('status', 'in', ['running', 'pausing'])
    .execute()
  const left = (name: 'cpus' | 'memory_bytes' | 'gpus'): number => {
    const booked = held.reduce((sum, { resources }) => sum + resources[name], 0)
    // a lease that was taken up again may book what was given away meanwhile; what books nothing still runs
    return Math.max(0, Math.min(ask.free[name], worker.resources[name] - booked))
  }
  return { ...ask.free, cpus: left('cpus'), memory_bytes: left('memory_bytes'), gpus: left('gpus') }
}

/** Why this worker does not get a job that is still queued, or null. */
const obstacle = async (tx: Tx, job: JobRow, ask: LeaseAsk, left: Resources): Promise<string | null> => {
  if (!fits(job.resources, left)) return 'waits_for_room'
  if (job.waits_for_worker_until !== null && job.kept_by !== ask.workerId) {
    const waits = tx.selectFrom('app.job').select('id').where('id', '=', job.id).where(waitsForKeeper)
    if (await waits.executeTakeFirst()) return 'waits_for_worker'
  }
  return (await concurrencyKeyIsBusy(tx, job)) ? 'waits_for_concurrency_key' : null
}

/** Gives a job to a worker: queued → running by compare-and-swap, a new fence, a lease by the database's clock. */
const claim = async (
  db: Db,
  jobId: string,
  dispatchNo: number,
  ask: LeaseAsk,
  { hasTicket }: { hasTicket: boolean },
): Promise<JobRow | 'stale' | 'put_back'> =>
  await db.transaction().execute(async (tx) => {
    // the worker before the job, as when it registers: the other way round two of them could wait for each other
    const left = await leftOf(tx, ask)
    const job = await tx.selectFrom('app.job').selectAll().where('id', '=', jobId).forUpdate().executeTakeFirst()
    if (!left || !job || job.status !== 'queued' || job.dispatch_no !== dispatchNo) return 'stale'
    const reason = await obstacle(tx, job, ask, left)
    if (reason) {
      if (hasTicket) await reissue(tx, job, reason)
      return 'put_back'
    }
    const { class: resourceClass, resources, kept_by } = job
    const leased = await moveJob(tx, job, 'lease', {
      event: { worker_id: ask.workerId, class: resourceClass, gpus: resources.gpus },
    })
    const running = await tx
      .updateTable('app.job')
      .where('id', '=', jobId)
      .set((eb) => ({
        attempt: eb('attempt', '+', 1),
        worker_id: ask.workerId,
        // clock_timestamp(), not now(): now() stands still inside a transaction
        lease_expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${ask.leaseSeconds})`,
        waits_for_worker_until: null,
        ...(kept_by === ask.workerId ? {} : { kept_by: null, kept_step: null }),
      }))
      .returningAll()
      .executeTakeFirstOrThrow()
    await tx
      .insertInto('app.job_attempt')
      .values({ job_id: jobId, fence: leased.fence, attempt: running.attempt, worker_id: ask.workerId })
      .execute()
    return running
  })

/** A job that waits for this very worker, which holds its newest checkpoint: no ticket is out for it. */
const takeOwn = async (db: Db, ask: LeaseAsk): Promise<JobRow | null> => {
  const waiting = await db
    .selectFrom('app.job')
    .select(['id', 'dispatch_no'])
    .where('status', '=', 'queued')
    .where('kept_by', '=', ask.workerId)
    .where('class', 'in', ask.classes)
    .where(waitsForKeeper)
    .orderBy('priority')
    .orderBy('queued_at')
    .execute()
  for (const { id, dispatch_no } of waiting) {
    const claimed = await claim(db, id, dispatch_no, ask, { hasTicket: false })
    if (claimed !== 'stale' && claimed !== 'put_back') return claimed
  }
  return null
}

/**
 * Gives a worker the job that waits for it, or else takes tickets of the classes in turn until one gives a job or none
 * is left. The ticket is done as soon as the job's row says who has it: from then on only the lease counts.
 */
export const takeJob = async (db: Db, broker: JobBroker, given: LeaseAsk): Promise<JobRow | null> => {
  // tickets of a paused class stay where they are
  const paused = await pausedClasses(db)
  const ask = { ...given, classes: given.classes.filter((name) => !paused.has(name)) }
  if (ask.classes.length === 0) return null
  const own = await takeOwn(db, ask)
  if (own) return own
  for (const resourceClass of ask.classes) {
    for (let ticket = await broker.take(resourceClass); ticket; ticket = await broker.take(resourceClass)) {
      const claimed = await claim(db, ticket.jobId, ticket.dispatchNo, ask, { hasTicket: true })
      await ticket.done()
      if (claimed !== 'stale' && claimed !== 'put_back') return claimed
    }
  }
  return null
}
