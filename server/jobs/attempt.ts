import { sql } from 'kysely'
import { ForgeError, type ErrorCode, type JobError, errors } from '../contract/errors'
import type { Artifact } from '../contract/models'
import type { Heartbeat, Outputs } from '../contract/workers'
import { checkArtifacts } from '../storage/sql/check-artifacts'
import { cleanJson, cleanText } from '../storage/clean-text'
import type { Db, Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { appendEvent } from '../storage/sql/append-event'
import type { Json } from '../storage/tables'
import type { PriceTable } from '../contract/prices'
import { chargeAttempt, chargeTokens } from './charge'
import { concurrencyKeyIsBusy } from './lease'
import { parseLeaseId } from './lease-id'
import { waitForKeeper } from './kept-checkpoints'
import { lockJob, moveJob, type JobRow } from './move-job'
import { registerOutputs } from './outputs'
import { settleDependents } from './dependents'

export interface AttemptConfig {
  leaseSeconds: number
  prices: PriceTable
  affinityWaitSeconds: number
}
type Settled = { status: string; result: Json | null }

const lockLeased = async (tx: Tx, lease: string): Promise<JobRow> => {
  try {
    return await lockJob(tx, parseLeaseId(lease).jobId)
  } catch (cause) {
    if (cause instanceof ForgeError && cause.code === 'job_not_found')
      throw new ForgeError('lease_lost', { lease }, { cause })
    throw cause
  }
}

/**
 * The job of a lease, locked. A lease that ran out is taken up again as long as no one else took the job; one whose
 * job was given away or ended is refused with `lease_lost`.
 */
export const lockLease = async (tx: Tx, lease: string): Promise<JobRow> => {
  const { jobId, fence } = parseLeaseId(lease)
  const job = await lockLeased(tx, lease)
  if (job.fence !== fence) throw new ForgeError('lease_lost', { lease })
  if (job.status === 'running' || job.status === 'pausing') return job
  const attempt = await tx
    .selectFrom('app.job_attempt')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('fence', '=', fence)
    .executeTakeFirst()
  if (job.status !== 'queued' || attempt?.outcome !== 'lost' || (await concurrencyKeyIsBusy(tx, job)))
    throw new ForgeError('lease_lost', { lease })
  const adopted = await moveJob(tx, job, 'adopt', { event: { worker_id: attempt.worker_id } })
  await tx
    .updateTable('app.job_attempt')
    .set({ outcome: null, ended_at: null })
    .where('job_id', '=', jobId)
    .where('fence', '=', fence)
    .execute()
  return await tx
    .updateTable('app.job')
    .set({ worker_id: attempt.worker_id, lost_in_a_row: Math.max(0, adopted.lost_in_a_row - 1) })
    .where('id', '=', jobId)
    .returningAll()
    .executeTakeFirstOrThrow()
}

const renew = async (tx: Tx, job: JobRow, leaseSeconds: number): Promise<void> => {
  await tx
    .updateTable('app.job')
    .where('id', '=', job.id)
    .set({ lease_expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${leaseSeconds})` })
    .execute()
  await tx
    .updateTable('app.job_attempt')
    .set({ last_seen_at: sql<Date>`clock_timestamp()` })
    .where('job_id', '=', job.id)
    .where('fence', '=', job.fence)
    .execute()
}

/** Renews a lease and stores what the worker reports. Samples are kept even when the lease is lost. */
export const heartbeat = async (
  db: Db,
  lease: string,
  report: Heartbeat,
  config: AttemptConfig,
): Promise<'pause' | null> => {
  await chargeAttempt(db, lease, report.samples ?? [], config.prices)
  return await db.transaction().execute(async (tx) => {
    const job = await lockLease(tx, lease)
    await renew(tx, job, config.leaseSeconds)
    if (report.local_checkpoint_step != null) {
      await tx
        .updateTable('app.job')
        .set({ kept_step: report.local_checkpoint_step, kept_by: job.worker_id })
        .where('id', '=', job.id)
        .execute()
    }
    if (report.progress) {
      await tx
        .updateTable('app.job')
        .set({ progress: cleanJson(report.progress) })
        .where('id', '=', job.id)
        .execute()
      await appendEvent(tx, job.id, 'job.progress', report.progress)
    }
    if (report.logs?.length) {
      await tx
        .insertInto('app.job_log')
        .values(
          report.logs.map(({ at, line }) => ({
            job_id: job.id,
            attempt: job.attempt,
            at: new Date(at),
            line: cleanText(line),
          })),
        )
        .execute()
    }
    return job.status === 'pausing' ? 'pause' : null
  })
}

/** Registers a durable checkpoint: a lost attempt goes on from the newest one. */
export const addCheckpoint = async (
  db: Db,
  lease: string,
  checkpoint: { step: number; artifacts: Artifact[]; metrics: Record<string, number> },
): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    const job = await lockLease(tx, lease)
    await checkArtifacts(tx, checkpoint.artifacts)
    await tx
      .insertInto('app.checkpoint')
      .values({
        id: newId('checkpoint'),
        job_id: job.id,
        fence: job.fence,
        step: checkpoint.step,
        artifacts: JSON.stringify(checkpoint.artifacts),
        metrics: cleanJson(checkpoint.metrics),
      })
      .onConflict((on) =>
        on.columns(['job_id', 'step']).doUpdateSet((eb) => ({
          fence: eb.ref('excluded.fence'),
          artifacts: eb.ref('excluded.artifacts'),
          metrics: eb.ref('excluded.metrics'),
        })),
      )
      .execute()
    await tx.updateTable('app.job').set({ lost_in_a_row: 0 }).where('id', '=', job.id).execute()
    await appendEvent(tx, job.id, 'job.checkpoint', { step: checkpoint.step })
  })
}

/**
 * The answer that this attempt already got, so that the same call again changes nothing. Looked up under the job's
 * lock: a twin of the call that is on its way waits for the first one's answer.
 */
const earlierAnswer = async (tx: Tx, lease: string): Promise<Settled | null> => {
  const { jobId, fence } = parseLeaseId(lease)
  await lockLeased(tx, lease)
  const attempt = await tx
    .selectFrom('app.job_attempt')
    .select('answer')
    .where('job_id', '=', jobId)
    .where('fence', '=', fence)
    .executeTakeFirst()
  return (attempt?.answer as Settled | null | undefined) ?? null
}

/** Ends the row of the attempt with the answer that its worker gets, now and whenever it asks again. */
export const endAttempt = async (tx: Tx, job: JobRow, outcome: string, answer: Settled): Promise<Settled> => {
  await tx
    .updateTable('app.job_attempt')
    .where('job_id', '=', job.id)
    .where('fence', '=', job.fence)
    .set({ outcome, ended_at: sql<Date>`clock_timestamp()`, answer: cleanJson(answer) })
    .execute()
  return answer
}

/** Ends a job well: outputs, status, event, dependents and tickets in one transaction. */
export const completeAttempt = async (
  db: Db,
  lease: string,
  outputs: Outputs,
  { prices }: AttemptConfig,
): Promise<Settled> =>
  await db.transaction().execute(async (tx) => {
    const known = await earlierAnswer(tx, lease)
    if (known) return known
    const job = await lockLease(tx, lease)
    if (outputs.kind !== job.kind)
      throw new ForgeError('invalid_request', {
        detail: `outputs.kind: a job of kind ${job.kind} cannot end with the outputs of ${outputs.kind}.`,
      })
    const result = await registerOutputs(tx, job, outputs)
    const ended = await moveJob(tx, job, 'complete', { result })
    await chargeTokens(tx, job, outputs, prices)
    await settleDependents(tx, ended)
    return await endAttempt(tx, job, 'succeeded', { status: ended.status, result })
  })

/**
 * Ends an attempt badly. `worker_stopped` hands the job back; a crashed engine is retried like a lost worker, an
 * out-of-memory once with half the micro-batch; anything else fails the job.
 */
export const failAttempt = async (
  db: Db,
  lease: string,
  failure: { code: ErrorCode | 'worker_stopped'; message: string },
  { affinityWaitSeconds }: Pick<AttemptConfig, 'affinityWaitSeconds'>,
): Promise<Settled> =>
  await db.transaction().execute(async (tx) => {
    const known = await earlierAnswer(tx, lease)
    if (known) return known
    const job = await lockLease(tx, lease)
    const requeue = async (event: Json): Promise<JobRow> => {
      const moved = await moveJob(tx, job, 'retry_later', { event })
      await waitForKeeper(tx, moved, affinityWaitSeconds)
      return moved
    }
    if (failure.code === 'worker_stopped') {
      const moved = await requeue({ reason: 'worker_stopped' })
      return await endAttempt(tx, job, 'requeued', { status: moved.status, result: null })
    }
    if (failure.code === 'out_of_memory' && job.micro_batch_divisor === 1) {
      await tx.updateTable('app.job').set({ micro_batch_divisor: 2 }).where('id', '=', job.id).execute()
      const moved = await requeue({
        reason: 'out_of_memory',
        micro_batch_divisor: 2,
        message: `${failure.message} Tried once more with half the micro-batch.`,
      })
      return await endAttempt(tx, job, 'requeued', { status: moved.status, result: null })
    }
    // an engine that crashed is a lost attempt: on from the last checkpoint, as long as that gets further
    const lost = job.lost_in_a_row + 1
    if (failure.code === 'engine_failed' && lost < job.max_attempts) {
      await tx.updateTable('app.job').set({ lost_in_a_row: lost }).where('id', '=', job.id).execute()
      const moved = await requeue({ reason: 'engine_failed', message: failure.message, lost_in_a_row: lost })
      return await endAttempt(tx, job, 'engine_failed', { status: moved.status, result: null })
    }
    const { hint, retryable } = errors[failure.code]
    const error: JobError = { code: failure.code, message: cleanText(failure.message), hint, retryable }
    const ended = await moveJob(tx, job, 'fail', { error })
    await settleDependents(tx, ended)
    return await endAttempt(tx, job, 'failed', { status: ended.status, result: null })
  })

/** The engine paused at a durable checkpoint and holds no device any more. */
export const pauseAttempt = async (db: Db, lease: string): Promise<Settled> =>
  await db.transaction().execute(async (tx) => {
    const known = await earlierAnswer(tx, lease)
    if (known) return known
    const job = await lockLease(tx, lease)
    const moved = await moveJob(tx, job, 'paused')
    return await endAttempt(tx, job, 'paused', { status: moved.status, result: null })
  })
