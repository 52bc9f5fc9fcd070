import type { z } from 'zod'
import type { DeployInput } from '../contract/deployments'
import { ForgeError } from '../contract/errors'
import type { ModelRef, rollOutState as rollOutShape } from '../contract/workers'
import { cleanJson, cleanText } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { notify } from '../storage/sql/append-event'
import { checkGate } from './gate'
import { addGeneration, deploymentsChanged, lockDeployment, replicasChanged, type DeploymentRow } from './generations'

export type RollOutState = z.infer<typeof rollOutShape>
export interface RollOut {
  projectId: string
  jobId: string
  input: DeployInput
  /** who asked, for the audit: an API key's id */
  actor: string
}

/**
 * Makes the deployment, or its next generation, and pins the model it names. Asking again for the same job gives the
 * same generation. Throws what `checkGate` throws; a forced deployment is audited.
 */
export const startRollOut = async (tx: Tx, { projectId, jobId, input, actor }: RollOut): Promise<RollOutState> => {
  const known = await findRollOut(tx, jobId)
  if (known) return known
  const { model, forced } = await checkGate(tx, projectId, input)
  const deployment = await upsertDeployment(tx, projectId, input)
  // the row lock made a second call for this job wait: it may have been made meanwhile
  const made = await findRollOut(tx, jobId)
  if (made) return made
  const reason = input.reason === null ? null : cleanText(input.reason)
  const row = await addGeneration(tx, deployment, { model, jobId, reason })
  if (forced) {
    await tx
      .insertInto('app.audit')
      .values({
        project_id: projectId,
        actor,
        action: 'deployment.forced',
        subject: deployment.id,
        details: cleanJson({
          generation: row.generation,
          model: model.id,
          artifact_hash: model.artifact_hash,
          reason,
          job_id: jobId,
        }),
      })
      .execute()
  }
  return { deployment_id: deployment.id, generation: row.generation, state: row.state, error: row.error }
}

/** How far the roll-out of a deploy job is; throws `deployment_not_found` when it never began. */
export const rollOutState = async (db: Tx, jobId: string): Promise<RollOutState> => {
  const found = await findRollOut(db, jobId)
  if (!found) throw new ForgeError('deployment_not_found', { id: jobId })
  return found
}

const findRollOut = (db: Tx, jobId: string): Promise<RollOutState | undefined> =>
  db
    .selectFrom('app.deployment_generation')
    .select(['deployment_id', 'generation', 'state', 'error'])
    .where('job_id', '=', jobId)
    .executeTakeFirst()

/** The row of that name, locked by the transaction either way. */
const upsertDeployment = (tx: Tx, projectId: string, input: DeployInput): Promise<DeploymentRow> =>
  tx
    .insertInto('app.deployment')
    .values({
      id: newId('deployment'),
      project_id: projectId,
      name: input.name,
      on_demand: false,
      wanted: 'running',
      serving_generation: null,
      idle_timeout_s: input.idle_timeout_s,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'name']).doUpdateSet({ idle_timeout_s: input.idle_timeout_s }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()

/**
 * The model that undo brings back: of the generation that served before the one that serves or rolls out now.
 * Throws `invalid_request` when there is none.
 */
export const previousModel = async (tx: Tx, deployment: Pick<DeploymentRow, 'id' | 'name'>): Promise<ModelRef> => {
  const rows = await tx
    .selectFrom('app.deployment_generation')
    .select(['generation', 'state', 'model_ref'])
    .where('deployment_id', '=', deployment.id)
    .where('state', 'in', ['rolling_out', 'serving', 'retired'])
    .orderBy('generation', 'desc')
    .execute()
  const current = rows.find(({ state }) => state !== 'retired')
  const before = rows.find(
    ({ generation, state }) => state !== 'rolling_out' && (current === undefined || generation < current.generation),
  )
  if (before) return before.model_ref
  throw new ForgeError(
    'invalid_request',
    { detail: `Deployment "${deployment.name}" has no generation to roll back to.` },
    { param: 'roll_back' },
  )
}

/** Takes the deployment out of service; its replicas end what they began. Deploying or rolling back starts it again. */
export const stopDeployment = async (tx: Tx, deployment: Pick<DeploymentRow, 'id'>): Promise<void> => {
  const { id } = await lockDeployment(tx, deployment.id)
  await tx
    .updateTable('app.deployment')
    .set({ wanted: 'stopped', asleep: false, serving_generation: null })
    .where('id', '=', id)
    .execute()
  await tx
    .updateTable('app.deployment_generation')
    .set({ state: 'failed', error: 'The deployment was stopped before it was ready.' })
    .where('deployment_id', '=', id)
    .where('state', '=', 'rolling_out')
    .execute()
  await tx
    .updateTable('app.deployment_generation')
    .set({ state: 'retired' })
    .where('deployment_id', '=', id)
    .where('state', '=', 'serving')
    .execute()
  await notify(tx, deploymentsChanged)
  await notify(tx, replicasChanged)
}
