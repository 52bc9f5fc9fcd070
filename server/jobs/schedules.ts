import { sql } from 'kysely'
import { z } from 'zod'
import { ForgeError } from '../contract/errors'
import { terminalStatuses, type JobOptions } from '../contract/jobs'
import { scheduledWork } from '../contract/schedules'
import { cleanJson } from '../storage/clean-text'
import type { Db, Tx } from '../storage/database'
import type { ModelPorts } from './prepare-input'
import { databaseNow } from './move-job'
import { applyRecipeIn } from './recipe'
import { nextTime, type ScheduleRow } from './schedule-view'
import { startJobIn } from './start-job'

/** Schedules of one look at the clock; the rest is for the next. */
const together = 100

/** Waits after a start that met an error of the server: the first, and the longest, doubled in between. */
const firstWait_s = 5
const longestWait_s = 600
const mostFailedStarts = 10

/**
 * Starts the work of a schedule under this key, in the caller's transaction: the same key finds the job that is there.
 * With overlap `queue` its jobs share a concurrency key, so that they run one after the other. Gives the job's id.
 * Throws `invalid_request` for work that this version no longer takes, or what creating the job throws.
 */
export const startWork = async (tx: Tx, row: ScheduleRow, key: string, models: ModelPorts): Promise<string> => {
  const { data: work, error } = scheduledWork.safeParse(row.work)
  if (error)
    throw new ForgeError(
      'invalid_request',
      { detail: `work: is no longer taken by this version: ${z.prettifyError(error)}` },
      { param: 'work', cause: error, hint: 'Give the schedule new work with PATCH /v1/schedules/:id.' },
    )
  const idempotency = { key, repeated: false, route: 'schedule', apiKeyId: row.id }
  const job: JobOptions = {
    ...work.job,
    metadata: { ...work.job.metadata, schedule: row.name },
    concurrency_key: work.job.concurrency_key ?? (row.overlap === 'queue' ? `schedule/${row.id}` : null),
  }
  return 'kind' in work
    ? await startJobIn(tx, row.project_id, { ...work, job }, idempotency, models)
    : await applyRecipeIn(tx, row.project_id, work.recipe, job, idempotency)
}

/**
 * Starts what is due, by the database's clock. Times that were missed while no server ran are made up for once. Job and
 * schedule change in one transaction under the schedule's row lock, and the key of a job is its schedule and time: neither
 * two servers nor a crash make it twice. Work that cannot start (a dataset deleted meanwhile, say) is recorded and tried
 * at its next time. Returns how many were due; throws at the end where some met an error of the server: `postpone` says
 * when they are tried again.
 */
export const runSchedules = async (db: Db, models: ModelPorts): Promise<number> => {
  const tried = new Set<string>()
  const problems: unknown[] = []
  while (tried.size < together) {
    const before = tried.size
    try {
      if (!(await runNext(db, models, tried))) break
    } catch (error) {
      const id = [...tried].at(before)
      // no schedule was reached: the database is away
      if (id === undefined) throw error
      problems.push(error)
      await postpone(db, id)
    }
  }
  if (problems.length > 0) throw new AggregateError(problems, `${String(problems.length)} schedules are still due`)
  return tried.size
}

/** Takes the schedule that is due longest and was not tried yet. False when there is none. */
const runNext = (db: Db, models: ModelPorts, tried: Set<string>): Promise<boolean> =>
  db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('app.schedule')
      .selectAll()
      .where('enabled', '=', true)
      .where('next_run_at', '<=', sql<Date>`clock_timestamp()`)
      .where(sql<boolean>`coalesce(retry_at, next_run_at) <= clock_timestamp()`)
      .where(sql<boolean>`id <> all(${[...tried]}::text[])`)
      .orderBy('next_run_at')
      .limit(1)
      .forUpdate()
      // another server is at it
      .skipLocked()
      .executeTakeFirst()
    if (!row?.next_run_at) return false
    tried.add(row.id)
    const started = await attempt(tx, row, `${row.id}/${row.next_run_at.toISOString()}`, models)
    const next = nextOf(row, await databaseNow(tx))
    await tx
      .updateTable('app.schedule')
      .set({ ...started, last_run_at: row.next_run_at, failed_starts: 0, retry_at: null, ...next })
      .where('id', '=', row.id)
      .execute()
    return true
  })

/**
 * A schedule that met an error of the server, not of its work, stays due: it is tried again after 5, 10, 20 … seconds, at
 * most 10 minutes, and ten times. Then it waits for its next time, as work that is refused does. `last_error` shows it.
 */
const postpone = (db: Db, id: string): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('app.schedule').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
    const now = await databaseNow(tx)
    // deleted, switched off, or started by another server meanwhile
    if (!row?.next_run_at || row.next_run_at > now) return
    const failed = row.failed_starts + 1
    const wait_s = Math.min(firstWait_s * 2 ** (failed - 1), longestWait_s)
    const gaveUp = failed >= mostFailedStarts
    const hint = gaveUp
      ? 'The server log has the cause. It was tried ten times, and is tried again at its next time.'
      : `The server log has the cause. It is tried again in ${wait_s} s.`
    await tx
      .updateTable('app.schedule')
      .set({
        last_error: cleanJson(new ForgeError('internal_error', {}, { hint }).toJobError()),
        ...(gaveUp
          ? { failed_starts: 0, retry_at: null, last_run_at: row.next_run_at, ...nextOf(row, now) }
          : { failed_starts: failed, retry_at: new Date(now.getTime() + wait_s * 1000) }),
      })
      .where('id', '=', id)
      .execute()
  })

/** The next time; a line or zone that a newer library no longer knows leaves none, and says why. */
const nextOf = ({ cron, time_zone }: ScheduleRow, now: Date): { next_run_at: Date | null; last_error?: string } => {
  try {
    return { next_run_at: nextTime(cron, time_zone, now) }
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    return { next_run_at: null, last_error: cleanJson(error.toJobError()) }
  }
}

const attempt = async (
  tx: Tx,
  row: ScheduleRow,
  key: string,
  models: ModelPorts,
): Promise<{ last_job_id?: string; last_error: string | null }> => {
  if (row.overlap === 'skip' && (await stillRuns(tx, row.last_job_id))) return { last_error: null }
  await sql`savepoint work`.execute(tx)
  try {
    return { last_job_id: await startWork(tx, row, key, models), last_error: null }
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    // what was written before the refusal
    await sql`rollback to savepoint work`.execute(tx)
    return { last_error: cleanJson(error.toJobError()) }
  }
}

const stillRuns = async (tx: Tx, jobId: string | null): Promise<boolean> => {
  if (jobId === null) return false
  const open = await tx
    .selectFrom('app.job')
    .select('id')
    .where('id', '=', jobId)
    .where('status', 'not in', terminalStatuses)
    .executeTakeFirst()
  return open !== undefined
}
