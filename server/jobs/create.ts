import { cleanJson } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { appendEvent, notify } from '../storage/sql/append-event'
import type { Json } from '../storage/tables'
import type { JobOptions, Resources, ResourceClass, StepKind } from '../contract/jobs'
import { databaseNow, type JobRow } from './move-job'

export interface NewJob {
  projectId: string
  kind: StepKind
  class: ResourceClass
  resources: Resources
  input: Json
  options: JobOptions
  idempotency?: { key: string | null; hash: string; body: Json }
  parent?: { id: string; step: string }
  retryOf?: string
  /** jobs that must succeed first; with any, the job begins `blocked` */
  dependsOn?: readonly string[]
  /** a recipe run holds no ticket: it runs while its children do */
  withoutTicket?: boolean
  /** of the step that this one repeats: nothing is run again */
  keptResult?: Json
}

/** Writes a job with its outbox row, or its dependencies, in the caller's transaction. */
export const insertJob = async (tx: Tx, job: NewJob): Promise<JobRow> => {
  const { options } = job
  const blocked = (job.dependsOn?.length ?? 0) > 0
  const status = job.keptResult ? 'succeeded' : job.withoutTicket ? 'running' : blocked ? 'blocked' : 'queued'
  const id = newId('job')
  const now = await databaseNow(tx)
  await tx
    .insertInto('app.job')
    .values({
      id,
      project_id: job.projectId,
      kind: job.kind,
      class: job.class,
      status,
      status_reason: null,
      priority: options.priority,
      input: cleanJson(job.input),
      resources: JSON.stringify(job.resources),
      metadata: cleanJson(options.metadata),
      origin: options.origin ? JSON.stringify(options.origin) : null,
      parent_id: job.parent?.id ?? null,
      step: job.parent?.step ?? null,
      retry_of: job.retryOf ?? null,
      max_attempts: options.max_attempts,
      run_at: options.run_at ? new Date(options.run_at) : null,
      timeout_s: options.timeout_s,
      deadline_at: options.deadline_at ? new Date(options.deadline_at) : null,
      concurrency_key: options.concurrency_key,
      idempotency_key: job.idempotency?.key ?? null,
      request_hash: job.idempotency?.hash ?? null,
      request_body: job.idempotency ? cleanJson(job.idempotency.body) : null,
      dispatch_no: status === 'queued' ? 1 : 0,
      queued_at: status === 'queued' ? now : null,
      started_at: status === 'running' ? now : null,
      ended_at: status === 'succeeded' ? now : null,
      result: job.keptResult ? cleanJson(job.keptResult) : null,
    })
    .execute()
  for (const dependency of job.dependsOn ?? [])
    await tx.insertInto('app.job_dependency').values({ job_id: id, depends_on: dependency }).execute()
  if (status === 'queued') {
    await tx.insertInto('app.outbox').values({ job_id: id, dispatch_no: 1 }).execute()
    await notify(tx, 'outbox')
  }
  await appendEvent(tx, id, `job.${status}`, { kind: job.kind })
  return await tx.selectFrom('app.job').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}
