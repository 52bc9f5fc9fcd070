import { sql } from 'kysely'
import type { DeployInput } from '../../server/contract/deployments'
import type { EvaluationResult } from '../../server/contract/evaluations'
import type { ServingEngineName } from '../../server/contract/models'
import type { WantedReplica } from '../../server/contract/workers'
import { reconcileReplicas } from '../../server/deployments/reconcile'
import { observeReplicas } from '../../server/deployments/observe-replicas'
import { startRollOut, type RollOutState } from '../../server/deployments/roll-out'
import type { Db } from '../../server/storage/database'
import { newId } from '../../server/storage/new-id'

export const base = 'smollm2-135m-instruct'

/** A worker that can serve and was heard of just now. */
export const addWorker = async (db: Db, name: string): Promise<string> => {
  const id = newId('worker')
  await db
    .insertInto('app.worker')
    .values({ id, name, boot_id: 'boot', resources: JSON.stringify({}), classes: ['light', 'cpu'] })
    .execute()
  return id
}

export const addJob = async (
  db: Db,
  projectId: string,
  kind: 'deploy' | 'fine-tune' | 'ingest' | 'evaluate' = 'deploy',
): Promise<string> => {
  const id = newId('job')
  await db
    .insertInto('app.job')
    .values({
      id,
      project_id: projectId,
      kind,
      class: 'light',
      status: 'running',
      status_reason: null,
      priority: 5,
      max_attempts: 3,
      input: '{}',
      resources: '{}',
      metadata: '{}',
      parent_id: null,
      step: null,
      retry_of: null,
      timeout_s: null,
      concurrency_key: null,
      idempotency_key: null,
      request_hash: null,
    })
    .execute()
  return id
}

/** A tuned model with one artifact; its hash is the id's. */
export const addModel = async (
  db: Db,
  projectId: string,
  { name = 'tuned', gate = null }: { name?: string; gate?: 'passed' | 'failed' | null } = {},
): Promise<string> => {
  const id = newId('model')
  await db
    .insertInto('app.model')
    .values({
      id,
      project_id: projectId,
      name,
      base_model: base,
      parent: base,
      dataset_version_id: null,
      job_id: await addJob(db, projectId, 'fine-tune'),
      artifacts: JSON.stringify([{ name: 'adapter.gguf', sha256: 'a'.repeat(64), bytes: 1 }]),
      artifact_hash: `hash-of-${id}`,
      metrics: '{}',
      gate,
    })
    .execute()
  return id
}

/** A durable checkpoint of a new fine-tuning job, with all that a checkpoint of the engine holds. */
export const addCheckpoint = async (
  db: Db,
  projectId: string,
  { step, jobId, input = { base_model: base } }: { step: number; jobId?: string; input?: object },
): Promise<string> => {
  const job = jobId ?? (await addJob(db, projectId, 'fine-tune'))
  await db
    .updateTable('app.job')
    .set({ input: JSON.stringify(input) })
    .where('id', '=', job)
    .execute()
  const names = ['adapter.gguf', 'adapter_config.json', 'adapter_model.safetensors', 'optimizer.safetensors']
  await db
    .insertInto('app.checkpoint')
    .values({
      id: newId('checkpoint'),
      job_id: job,
      fence: 1,
      step,
      artifacts: JSON.stringify(names.map((name) => ({ name, sha256: String(step).padStart(64, '0'), bytes: 1 }))),
      metrics: JSON.stringify({ loss: 0.5 }),
    })
    .execute()
  return job
}

/** An evaluation of the model's artifacts, made on an empty dataset. */
export const addEvaluation = async (
  db: Db,
  projectId: string,
  model: string,
  checks: EvaluationResult['gate']['checks'],
  artifactHash = `hash-of-${model}`,
): Promise<void> => {
  const [dataset, version, sha256] = [newId('dataset'), newId('datasetVersion'), 'b'.repeat(64)]
  await db
    .insertInto('app.blob')
    .values({ sha256, bytes: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await db.insertInto('app.dataset').values({ id: dataset, project_id: projectId, name: dataset }).execute()
  await db
    .insertInto('app.dataset_version')
    .values({
      id: version,
      dataset_id: dataset,
      version: 1,
      sha256,
      rows: 0,
      validation_sha256: null,
      validation_rows: 0,
      report: '{}',
      job_id: await addJob(db, projectId, 'ingest'),
    })
    .execute()
  const passed = checks.every((check) => check.passed)
  const side = { model, all: {}, by_language: {}, perplexity: null }
  const result: EvaluationResult = { model: side, baseline: null, gate: { passed, checks }, notes: [] }
  await db
    .insertInto('app.evaluation')
    .values({
      id: newId('evaluation'),
      project_id: projectId,
      model,
      artifact_hash: artifactHash,
      dataset_version_id: version,
      result: JSON.stringify(result),
      passed,
      items_sha256: sha256,
      job_id: await addJob(db, projectId, 'evaluate'),
    })
    .execute()
}

export const deployInput = (name: string, model: string, more: Partial<DeployInput> = {}): DeployInput => ({
  name,
  model,
  force: false,
  reason: null,
  idle_timeout_s: null,
  ...more,
})

/** Starts a roll-out as a deploy job does. */
export const deploy = async (db: Db, projectId: string, input: DeployInput, jobId?: string): Promise<RollOutState> => {
  const job = jobId ?? (await addJob(db, projectId))
  return await db.transaction().execute((tx) => startRollOut(tx, { projectId, jobId: job, input, actor: 'key_test' }))
}

type Report = Parameters<typeof observeReplicas>[2][number]

export const report = (replica: WantedReplica, more: Partial<Report>): Report => ({
  replica_id: replica.replica_id,
  state: 'starting',
  port: null,
  served_model: null,
  token: null,
  engine: null,
  error: null,
  ...more,
})

/** Plans, then reports every wanted replica of the worker as ready at `port`. Returns what the worker is to run. */
export const serve = async (
  db: Db,
  workerId: string,
  {
    port,
    token,
    served = 'engine-name',
    engine = null,
  }: { port: number; token: string; served?: string; engine?: ServingEngineName | null },
): Promise<WantedReplica[]> => {
  await reconcileReplicas(db)
  const wanted = await observeReplicas(db, workerId, await current(db, workerId))
  return await observeReplicas(
    db,
    workerId,
    wanted.map((replica) =>
      report(
        replica,
        replica.drain ? { state: 'draining' } : { state: 'ready', port, token, engine, served_model: served },
      ),
    ),
  )
}

/** What the worker would report without a change. */
export const current = async (db: Db, workerId: string): Promise<Report[]> => {
  const rows = await db
    .selectFrom('app.replica')
    .selectAll()
    .where('worker_id', '=', workerId)
    .where('state', 'in', ['starting', 'ready', 'draining'])
    .execute()
  return rows.map((row) => ({
    replica_id: row.id,
    state: row.state,
    port: row.address === null ? null : Number(row.address.split(':')[1]),
    served_model: row.served_model,
    token: row.token,
    engine: row.engine,
    error: null,
  }))
}

/** Forgets every deployment and worker, so that tests of one file do not see each other. */
export const clear = async (db: Db): Promise<void> => {
  await sql`truncate app.deployment, app.worker, app.audit cascade`.execute(db)
}
