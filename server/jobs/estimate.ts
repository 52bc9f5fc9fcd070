import { sql } from 'kysely'
import type { CreateJob } from '../contract/create-job'
import { steps } from '../steps/definitions'
import type { Db } from '../storage/database'
import { findVersion } from '../storage/sql/find-dataset'

const sizeOf = async (db: Db, projectId: string, request: CreateJob): Promise<{ rows: number } | null> => {
  if (request.kind !== 'fine-tune' || request.input.data.type !== 'dataset') return null
  const version = await findVersion(db, request.input.data.dataset_version_id, projectId)
  return { rows: version.rows * request.input.hyperparameters.epochs }
}

/**
 * What a job would take, from the newest 20 runs of its kind here; training is scaled by rows times epochs.
 * Null figures when there is no run to learn from: a guess would look like a measurement.
 */
export const estimateJob = async (db: Db, projectId: string, request: CreateJob, currency: string) => {
  const runs = await db
    .selectFrom('app.job')
    .innerJoin('app.ledger_entry', 'app.ledger_entry.job_id', 'app.job.id')
    .select([
      'app.job.id',
      'app.job.result',
      'app.job.input',
      sql<number>`extract(epoch from app.job.ended_at - app.job.started_at)::float8`.as('seconds'),
      sql<number>`sum(energy_joules)`.as('joules'),
      sql<number>`sum(cost)`.as('cost'),
    ])
    .where('app.job.project_id', '=', projectId)
    .where('app.job.kind', '=', request.kind)
    .where('app.job.status', '=', 'succeeded')
    .groupBy('app.job.id')
    .orderBy('app.job.id', 'desc')
    .limit(20)
    .execute()
  const size = await sizeOf(db, projectId, request)
  const shares = runs.map((run) => {
    const metrics = run.result?.['metrics'] as { rows?: { used?: number } } | undefined
    const epochs = (run.input['hyperparameters'] as { epochs?: number } | undefined)?.epochs ?? 1
    const rows = (metrics?.rows?.used ?? 0) * epochs
    return size && rows > 0 ? size.rows / rows : 1
  })
  const mean = (of: (run: (typeof runs)[number]) => number): number | null =>
    runs.length === 0 ? null : runs.reduce((sum, run, index) => sum + of(run) * (shares[index] ?? 1), 0) / runs.length
  return {
    seconds: mean((run) => run.seconds),
    energy_joules: mean((run) => run.joules),
    cost: mean((run) => run.cost),
    memory_bytes: steps[request.kind].resources.memory_bytes,
    currency,
    basis:
      runs.length === 0
        ? `no ${request.kind} job has ended here yet`
        : `mean of the newest ${String(runs.length)} ${request.kind} jobs here${size ? ', scaled by rows and epochs' : ''}`,
  }
}
