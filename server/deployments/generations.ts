import { sql, type Selectable } from 'kysely'
import { ForgeError } from '../contract/errors'
import type { ModelRef } from '../contract/workers'
import type { Tx } from '../storage/database'
import { emitEvent } from '../storage/sql/emit-event'
import { notify } from '../storage/sql/append-event'
import type { Tables } from '../storage/tables'

export type DeploymentRow = Selectable<Tables['app.deployment']>
export type GenerationRow = Selectable<Tables['app.deployment_generation']>

/** The signal that wanted states changed; who plans replicas waits for it. */
export const deploymentsChanged = 'deployments'
/** The signal that replicas changed; gateways wait for it. */
export const replicasChanged = 'replicas'
/** The signal that a worker is wanted to run other replicas. */
export const workerChanged = (workerId: string): string => `worker:${workerId}`

/** The deployment under its row lock. Throws `deployment_not_found`. */
export const lockDeployment = async (tx: Tx, id: string): Promise<DeploymentRow> => {
  const row = await tx.selectFrom('app.deployment').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!row) throw new ForgeError('deployment_not_found', { id })
  return row
}

/**
 * Adds the next generation and makes it the wanted one. `deployment` must be locked by this transaction. A roll-out
 * that was under way is given up: only the newest generation can come into service.
 */
export const addGeneration = async (
  tx: Tx,
  deployment: DeploymentRow,
  { model, jobId, reason }: { model: ModelRef; jobId: string | null; reason: string | null },
): Promise<GenerationRow> => {
  const generation = deployment.generation + 1
  await tx
    .updateTable('app.deployment_generation')
    .set({ state: 'failed', error: `Superseded by generation ${String(generation)} before it was ready.` })
    .where('deployment_id', '=', deployment.id)
    .where('state', '=', 'rolling_out')
    .execute()
  const { id, base_model, artifacts, artifact_hash } = model
  const row = await tx
    .insertInto('app.deployment_generation')
    .values({
      deployment_id: deployment.id,
      generation,
      model: id,
      artifact_hash,
      state: 'rolling_out',
      reason,
      job_id: jobId,
      model_ref: JSON.stringify({ id, base_model, artifacts, artifact_hash } satisfies ModelRef),
      error: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await tx
    .updateTable('app.deployment')
    .set({ generation, wanted: 'running', asleep: false, last_request_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', deployment.id)
    .execute()
  await notify(tx, deploymentsChanged)
  return row
}

/** Puts a generation into service and retires the one before, in the caller's transaction. False: it is no longer wanted. */
export const switchTo = async (tx: Tx, deploymentId: string, generation: number): Promise<boolean> => {
  const switched = await tx
    .updateTable('app.deployment_generation')
    .set({ state: 'serving', failed_starts: 0, error: null })
    .where('deployment_id', '=', deploymentId)
    .where('generation', '=', generation)
    .where('state', '=', 'rolling_out')
    .returning('model')
    .executeTakeFirst()
  if (!switched) return false
  await tx
    .updateTable('app.deployment_generation')
    .set({ state: 'retired' })
    .where('deployment_id', '=', deploymentId)
    .where('generation', '!=', generation)
    .where('state', '=', 'serving')
    .execute()
  const deployment = await tx
    .updateTable('app.deployment')
    .set({ serving_generation: generation, last_request_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', deploymentId)
    .returning(['project_id', 'name', 'on_demand'])
    .executeTakeFirstOrThrow()
  // one that a call made by itself comes and goes: nobody deployed it
  if (!deployment.on_demand) {
    const { name, project_id } = deployment
    const { model } = switched
    await emitEvent(tx, project_id, 'deployment.ready', { deployment_id: deploymentId, name, generation, model })
  }
  return true
}
