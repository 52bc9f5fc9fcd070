import { ForgeError } from '../contract/errors'
import { jobOptions } from '../contract/jobs'
import type { Db, Tx } from '../storage/database'
import { insertJob } from './create'
import { cancelChildren, settleDependents } from './dependents'
import { closeAttempt, lockJob, moveJob, type JobRow, type MoveFacts } from './move-job'

const ofProject = async (tx: Tx, id: string, projectId: string): Promise<JobRow> => {
  const job = await lockJob(tx, id)
  if (job.project_id !== projectId) throw new ForgeError('job_not_found', { id })
  return job
}

/** Cancels a job at once and refuses its attempt's later writes; stopping the engine is the worker's clean-up. */
export const cancelJob = async (db: Db, id: string, projectId: string): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    const job = await ofProject(tx, id, projectId)
    if (job.status === 'cancelled') return // a repeated cancel is no error
    await cancelLocked(tx, job)
  })
}

/** The same in the transaction that holds the job's lock. Throws `illegal_move` where it has ended. */
export const cancelLocked = async (tx: Tx, job: JobRow, facts: MoveFacts = {}): Promise<void> => {
  const moved = await moveJob(tx, job, 'cancel', { ...facts, raiseFence: true })
  await closeAttempt(tx, job, 'cancelled')
  await cancelChildren(tx, job.id)
  await settleDependents(tx, moved)
}

/** A queued job pauses at once; a running one at its next checkpoint. */
export const pauseJob = async (db: Db, id: string, projectId: string): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    const job = await ofProject(tx, id, projectId)
    if (job.kind === 'recipe')
      throw new ForgeError(
        'illegal_move',
        { from: 'a recipe run', action: 'paused' },
        { hint: 'Pause its running step instead.' },
      )
    if (job.class === 'server' && job.status === 'running')
      throw new ForgeError(
        'illegal_move',
        { from: 'followed in another system', action: 'paused' },
        { hint: 'Pause the DAG in Airflow, or cancel the job, which ends the run there.' },
      )
    await moveJob(tx, job, 'pause')
  })
}

export const resumeJob = async (db: Db, id: string, projectId: string): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    await moveJob(tx, await ofProject(tx, id, projectId), 'resume')
  })
}

const optionsOf = (job: JobRow) =>
  jobOptions.parse({
    priority: job.priority,
    timeout_s: job.timeout_s,
    max_attempts: job.max_attempts,
    concurrency_key: job.concurrency_key,
    concurrency_limit: job.concurrency_limit,
    metadata: job.metadata,
    origin: job.origin,
    orphan_after_seconds: job.orphan_after_s,
  })

/** A new job like one that failed or was cancelled. A recipe run keeps the steps that succeeded. */
export const retryJob = async (db: Db, id: string, projectId: string): Promise<string> =>
  await db.transaction().execute(async (tx) => {
    const job = await ofProject(tx, id, projectId)
    if (job.status !== 'failed' && job.status !== 'cancelled')
      throw new ForgeError('illegal_move', { from: job.status, action: 'retried' })
    const base = (row: JobRow) => ({
      projectId,
      kind: row.kind,
      class: row.class,
      resources: row.resources,
      autoGpu: row.auto_gpu,
      options: optionsOf(row),
      retryOf: row.id,
    })
    if (job.kind !== 'recipe') return (await insertJob(tx, { ...base(job), input: job.input })).id
    const run = await insertJob(tx, { ...base(job), input: job.input, withoutTicket: true })
    const old = await tx.selectFrom('app.job').selectAll().where('parent_id', '=', id).orderBy('id').execute()
    const edges = await tx
      .selectFrom('app.job_dependency')
      .selectAll()
      .where(
        'job_id',
        'in',
        old.map((row) => row.id),
      )
      .execute()
    const renewed = new Map<string, JobRow>()
    // children were made in their order, so what a child depends on has been renewed before it
    const templates = (job.input['steps'] ?? {}) as Record<string, Record<string, unknown>>
    for (const row of old) {
      const parents = edges
        .filter((edge) => edge.job_id === row.id)
        .map((edge) => renewed.get(edge.depends_on))
        .filter((found) => found !== undefined)
      const keep = row.status === 'succeeded' && parents.every((parent) => parent.status === 'succeeded')
      const child = await insertJob(tx, {
        ...base(row),
        input: keep ? row.input : (templates[row.step ?? ''] ?? row.input),
        parent: { id: run.id, step: row.step ?? row.kind },
        ...(keep ? { keptResult: row.result ?? {} } : { dependsOn: parents.map((parent) => parent.id) }),
      })
      renewed.set(row.id, child)
    }
    // a step whose parents were all kept has nothing left to wait for
    for (const child of renewed.values()) if (child.status === 'succeeded') await settleDependents(tx, child)
    return run.id
  })
