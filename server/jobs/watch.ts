import { sql } from 'kysely'
import { ForgeError } from '../contract/errors'
import type { PriceTable } from '../contract/prices'
import type { Db, Tx } from '../storage/database'
import { chargeGap } from './charge'
import { cancelChildren, settleDependents } from './dependents'
import { waitForKeeper } from './kept-checkpoints'
import { closeAttempt, lockJob, moveJob, type JobRow } from './move-job'
import { isTerminal } from './states'

export interface WatchConfig {
  prices: PriceTable
  pauseLimitSeconds: number
  affinityWaitSeconds: number
}

/**
 * The attempt is lost: back to the queue from its last checkpoint, to `paused` if that was asked, or failed after
 * `max_attempts` losses in a row without a new checkpoint. The fence stays: a worker that comes back before anyone
 * else has the job goes on with it.
 */
const loseAttempt = async (tx: Tx, job: JobRow, config: WatchConfig): Promise<void> => {
  const attempt = await tx
    .updateTable('app.job_attempt')
    .where('job_id', '=', job.id)
    .where('fence', '=', job.fence)
    .set({ outcome: 'lost', ended_at: sql<Date>`clock_timestamp()` })
    .returning('last_seen_at')
    .executeTakeFirst()
  if (attempt) await chargeGap(tx, job, job.fence, attempt.last_seen_at, config.prices)
  const lost = job.lost_in_a_row + 1
  await tx.updateTable('app.job').set({ lost_in_a_row: lost }).where('id', '=', job.id).execute()
  if (lost >= job.max_attempts) {
    const error = new ForgeError('worker_lost', { times: lost }).toJobError()
    await settleDependents(tx, await moveJob(tx, job, 'give_up', { error, raiseFence: true }))
    return
  }
  const moved = await moveJob(tx, job, 'lose', { event: { worker_id: job.worker_id, lost_in_a_row: lost } })
  await waitForKeeper(tx, moved, config.affinityWaitSeconds)
}

/** Ends every lease that ran out by the database's clock. Returns the jobs it moved. */
export const loseExpiredLeases = async (db: Db, config: WatchConfig): Promise<string[]> => {
  const expired = await db
    .selectFrom('app.job')
    .select('id')
    .where('status', 'in', ['running', 'pausing'])
    .where('lease_expires_at', '<', sql<Date>`clock_timestamp()`)
    .limit(500)
    .execute()
  const moved: string[] = []
  for (const { id } of expired) {
    await db.transaction().execute(async (tx) => {
      const job = await lockJob(tx, id)
      const still = await tx
        .selectFrom('app.job')
        .select('id')
        .where('id', '=', id)
        .where('status', 'in', ['running', 'pausing'])
        .where('lease_expires_at', '<', sql<Date>`clock_timestamp()`)
        .executeTakeFirst()
      if (!still) return
      await loseAttempt(tx, job, config)
      moved.push(id)
    })
  }
  return moved
}

/** A worker that starts again under its name has lost what it ran: no need to wait for its leases to run out. */
export const loseLeasesOf = async (tx: Tx, workerId: string, config: WatchConfig): Promise<void> => {
  const held = await tx
    .selectFrom('app.job')
    .select('id')
    .where('worker_id', '=', workerId)
    .where('status', 'in', ['running', 'pausing'])
    .orderBy('parent_id')
    .orderBy('id')
    .execute()
  // all of them before the first is moved: what ends a job also locks its group, and that comes after every job
  const jobs: JobRow[] = []
  for (const { id } of held) jobs.push(await lockJob(tx, id))
  for (const job of jobs) await loseAttempt(tx, job, config)
}

/** Fails jobs past their deadline or running time, and ends pauses that took too long at the last checkpoint. */
export const enforceLimits = async (db: Db, config: WatchConfig): Promise<void> => {
  const late = await db
    .selectFrom('app.job')
    .select([
      'id',
      sql<'deadline_at' | 'timeout_s' | 'pause'>`case
      when deadline_at < clock_timestamp() then 'deadline_at'
      when status = 'pausing' and pause_requested_at < clock_timestamp() - make_interval(secs => ${config.pauseLimitSeconds}) then 'pause'
      else 'timeout_s' end`.as('what'),
    ])
    .where('status', 'not in', ['succeeded', 'failed', 'cancelled'])
    .where(
      sql<boolean>`(deadline_at < clock_timestamp()
      or (status = 'pausing' and pause_requested_at < clock_timestamp() - make_interval(secs => ${config.pauseLimitSeconds}))
      or (status in ('running', 'pausing') and timeout_s is not null and timeout_s < case
        when kind = 'recipe' or class = 'server' then extract(epoch from clock_timestamp() - started_at)
        else (select coalesce(sum(extract(epoch from coalesce(attempt.ended_at, clock_timestamp()) - attempt.started_at)), 0)
          from app.job_attempt attempt where attempt.job_id = app.job.id) end))`,
    )
    .limit(500)
    .execute()
  for (const { id, what } of late) {
    await db.transaction().execute(async (tx) => {
      const job = await lockJob(tx, id)
      if (isTerminal(job.status)) return
      if (what === 'pause') {
        if (job.status !== 'pausing') return
        await moveJob(tx, job, 'paused', { raiseFence: true, event: { reason: 'pause_took_too_long' } })
        await closeAttempt(tx, job, 'paused')
        return
      }
      const error = new ForgeError('timed_out', { what }).toJobError()
      const expired = await moveJob(tx, job, 'expire', { error, raiseFence: true })
      await closeAttempt(tx, job, 'timed_out')
      await cancelChildren(tx, id)
      await settleDependents(tx, expired)
    })
  }
}
