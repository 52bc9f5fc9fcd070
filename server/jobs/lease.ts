import { sql } from 'kysely'
import type { ResourceClass, Resources } from '../contract/jobs'
import type { JobBroker } from '../queue/broker'
import type { Db, Tx } from '../storage/database'
import { moveJob, type JobRow } from './move-job'

export interface LeaseAsk {
  workerId: string
  free: Resources
  classes: readonly ResourceClass[]
  leaseSeconds: number
}

/** Whether what a job states fits into what a worker offers. */
export const fits = (job: Resources, offer: Resources): boolean =>
  job.cpus <= offer.cpus &&
  job.memory_bytes <= offer.memory_bytes &&
  job.gpus <= offer.gpus &&
  job.gpu_memory_bytes <= offer.gpu_memory_bytes &&
  Object.entries(job.labels).every(([name, value]) => offer.labels[name] === value)

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

/** Whether another job of its concurrency key runs; until this transaction ends, none can begin. */
export const concurrencyKeyIsBusy = async (tx: Tx, job: JobRow): Promise<boolean> => {
  if (job.concurrency_key === null) return false
  // two tickets of one key may be taken at the same moment: one waits here and then sees the other running
  await sql`select pg_advisory_xact_lock(hashtextextended(${`concurrency/${job.project_id}/${job.concurrency_key}`}, 0))`.execute(
    tx,
  )
  const busy = await tx
    .selectFrom('app.job')
    .select('id')
    .where('project_id', '=', job.project_id)
    .where('concurrency_key', '=', job.concurrency_key)
    .where('status', 'in', ['running', 'pausing'])
    .executeTakeFirst()
  return busy !== undefined
}

/** Gives the job of one ticket to a worker: queued → running by compare-and-swap, a new fence, a lease by the database's clock. */
const claim = async (
  db: Db,
  jobId: string,
  dispatchNo: number,
  ask: LeaseAsk,
): Promise<JobRow | 'stale' | 'put_back'> =>
  await db.transaction().execute(async (tx) => {
    const job = await tx.selectFrom('app.job').selectAll().where('id', '=', jobId).forUpdate().executeTakeFirst()
    if (!job || job.status !== 'queued' || job.dispatch_no !== dispatchNo) return 'stale'
    const reason = !fits(job.resources, ask.free)
      ? 'waits_for_room'
      : (await concurrencyKeyIsBusy(tx, job))
        ? 'waits_for_concurrency_key'
        : null
    if (reason) {
      await reissue(tx, job, reason)
      return 'put_back'
    }
    const leased = await moveJob(tx, job, 'lease', { event: { worker_id: ask.workerId } })
    const running = await tx
      .updateTable('app.job')
      .where('id', '=', jobId)
      .set((eb) => ({
        attempt: eb('attempt', '+', 1),
        worker_id: ask.workerId,
        // clock_timestamp(), not now(): now() stands still inside a transaction
        lease_expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${ask.leaseSeconds})`,
      }))
      .returningAll()
      .executeTakeFirstOrThrow()
    await tx
      .insertInto('app.job_attempt')
      .values({ job_id: jobId, fence: leased.fence, attempt: running.attempt, worker_id: ask.workerId })
      .execute()
    return running
  })

/**
 * Takes tickets of the classes in turn until one gives a job, or none is left. The ticket is done as soon as the
 * job's row says who has it: from then on only the lease counts.
 */
export const takeJob = async (db: Db, broker: JobBroker, ask: LeaseAsk): Promise<JobRow | null> => {
  for (const resourceClass of ask.classes) {
    for (let ticket = await broker.take(resourceClass); ticket; ticket = await broker.take(resourceClass)) {
      const claimed = await claim(db, ticket.jobId, ticket.dispatchNo, ask)
      await ticket.done()
      if (claimed !== 'stale' && claimed !== 'put_back') return claimed
    }
  }
  return null
}
