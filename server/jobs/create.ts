import { checkBudget } from '../ledger/budget'
import { cleanJson } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { notify } from '../storage/sql/append-event'
import type { Json } from '../storage/tables'
import type { JobOptions, JobStatus, Resources, ResourceClass, StepKind } from '../contract/jobs'
import { appendKey } from './append'
import { databaseNow, type JobRow } from './move-job'

export interface NewJob {
  projectId: string
  kind: StepKind
  class: ResourceClass
  resources: Resources
  /** the dispatcher decides between CPU and one GPU */
  autoGpu?: boolean
  input: Json
  options: JobOptions
  idempotency?: { key: string | null; hash: string; body: Json }
  parent?: { id: string; step: string }
  retryOf?: string
  group?: { id: string; index: number }
  /** jobs that must succeed first; with any, the job begins `blocked` */
  dependsOn?: readonly string[]
  /** a recipe run holds no ticket: it runs while its children do */
  withoutTicket?: boolean
  /** of the step that this one repeats: nothing is run again */
  keptResult?: Json
}

/** Writes a job with its outbox row, or its dependencies, in the caller's transaction. Throws budget_exceeded. */
export const insertJob = async (tx: Tx, job: NewJob): Promise<JobRow> => {
  const [row] = await insertJobs(tx, [job])
  if (!row) throw new Error('The database did not return the job that it stored.')
  return row
}

/** Rows of one statement; PostgreSQL takes 65,535 parameters, a job needs about 30. */
const together = 500

/** The same for many jobs, in their order, in a few statements. */
export const insertJobs = async (tx: Tx, jobs: readonly NewJob[]): Promise<JobRow[]> => {
  // steps of a run were asked about with it
  for (const projectId of new Set(jobs.filter(({ parent }) => !parent).map((job) => job.projectId)))
    await checkBudget(tx, projectId)
  const now = await databaseNow(tx)
  const inserted: JobRow[] = []
  for (let first = 0; first < jobs.length; first += together)
    inserted.push(...(await insertSome(tx, jobs.slice(first, first + together), now)))
  if (inserted.some(({ status }) => status === 'queued')) await notify(tx, 'outbox')
  return inserted
}

const insertSome = async (tx: Tx, jobs: readonly NewJob[], now: Date): Promise<JobRow[]> => {
  const made = jobs.map((job) => ({ job, values: valuesOf(job, now) }))
  const returned = await tx
    .insertInto('app.job')
    .values(made.map(({ values }) => values))
    .returningAll()
    .execute()
  const byId = new Map(returned.map((row) => [row.id, row]))
  const rows = made.map(({ values: { id } }) => byId.get(id)).filter((row) => row !== undefined)
  const edges = made.flatMap(({ job, values: { id } }) =>
    (job.dependsOn ?? []).map((dependency) => ({ job_id: id, depends_on: dependency })),
  )
  if (edges.length > 0) await tx.insertInto('app.job_dependency').values(edges).execute()
  const tickets = rows.filter(({ status }) => status === 'queued').map(({ id }) => ({ job_id: id, dispatch_no: 1 }))
  if (tickets.length > 0) await tx.insertInto('app.outbox').values(tickets).execute()
  // nobody follows a job before it is there: no notice
  await tx
    .insertInto('app.job_event')
    .values(
      rows.map(({ id, seq, status, kind }) => ({
        job_id: id,
        seq,
        name: `job.${status}`,
        data: cleanJson({ kind }),
      })),
    )
    .execute()
  return rows
}

/** Seconds without a follower after which a job of Airflow is given up, unless the caller says otherwise. */
const orphanAfterSeconds = 86_400

const orphanAfter = ({ origin, orphan_after_seconds }: JobOptions): number | null =>
  orphan_after_seconds === undefined ? (origin?.system === 'airflow' ? orphanAfterSeconds : null) : orphan_after_seconds

const valuesOf = (job: NewJob, now: Date) => {
  const { options } = job
  const blocked = (job.dependsOn?.length ?? 0) > 0
  const status: JobStatus = job.keptResult
    ? 'succeeded'
    : job.withoutTicket
      ? 'running'
      : blocked
        ? 'blocked'
        : 'queued'
  return {
    id: newId('job'),
    project_id: job.projectId,
    kind: job.kind,
    class: job.class,
    status,
    status_reason: null,
    priority: options.priority,
    input: cleanJson(job.input),
    resources: JSON.stringify(job.resources),
    auto_gpu: job.autoGpu ?? false,
    metadata: cleanJson(options.metadata),
    origin: options.origin ? JSON.stringify(options.origin) : null,
    parent_id: job.parent?.id ?? null,
    step: job.parent?.step ?? null,
    retry_of: job.retryOf ?? null,
    group_id: job.group?.id ?? null,
    group_index: job.group?.index ?? null,
    max_attempts: options.max_attempts,
    run_at: options.run_at ? new Date(options.run_at) : null,
    timeout_s: options.timeout_s,
    deadline_at: options.deadline_at ? new Date(options.deadline_at) : null,
    orphan_after_s: orphanAfter(options),
    concurrency_key: options.concurrency_key ?? appendKey(job),
    concurrency_limit: options.concurrency_limit ?? 1,
    idempotency_key: job.idempotency?.key ?? null,
    request_hash: job.idempotency?.hash ?? null,
    request_body: job.idempotency ? cleanJson(job.idempotency.body) : null,
    dispatch_no: status === 'queued' ? 1 : 0,
    queued_at: status === 'queued' ? now : null,
    started_at: status === 'running' ? now : null,
    ended_at: status === 'succeeded' ? now : null,
    result: job.keptResult ? cleanJson(job.keptResult) : null,
    // its first event is `job.<status>`
    seq: 1,
  }
}
