import { ForgeError } from '../contract/errors'
import type { Db, Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { addGeneration, lockDeployment, type DeploymentRow } from './generations'
import { checkReleased } from './check-released'
import { findModel, type FoundModel } from './find-model'
import { wake } from './sleep-idle'

/** An on-demand deployment goes to sleep after this many seconds without a call. */
const onDemandIdleSeconds = 300
/** A model that could not be started is not tried again by calls for this long. */
const retryAfterMs = 30_000
const onDemandPrefix = 'on-demand:'

export interface CallTarget {
  deploymentId: string
}

/**
 * The deployment that answers calls to `name`: the one of that name, woken if it sleeps, or an on-demand one for a
 * model or base. Throws `model_not_found`, `model_not_released` when the last gate failed (unless a job asks, which
 * must be able to judge it) or the project demands a deployment, `no_replica` when its start failed just now.
 */
export const resolveTarget = async (
  db: Db,
  { projectId, name, forJob }: { projectId: string; name: string; forJob: boolean },
): Promise<CallTarget> => {
  const named = await db
    .selectFrom('app.deployment')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .where('on_demand', '=', false)
    .executeTakeFirst()
  if (named?.wanted === 'stopped')
    throw new ForgeError(
      'model_not_found',
      { id: name },
      { param: 'model', hint: `Deployment "${name}" is stopped; deploy a model to it again.` },
    )
  if (named) {
    if (named.asleep) {
      await wake(db, named.id)
      if (named.canary_deployment_id !== null) await wake(db, named.canary_deployment_id)
    }
    return { deploymentId: named.id }
  }
  const model = await findModel(db, projectId, name)
  if (!forJob) await checkReleased(db, projectId, model)
  return { deploymentId: await ensureOnDemand(db, projectId, model) }
}

const ensureOnDemand = (db: Db, projectId: string, model: FoundModel): Promise<string> =>
  db.transaction().execute(async (tx) => {
    const name = `${onDemandPrefix}${model.id}`
    await tx
      .insertInto('app.deployment')
      .values({
        id: newId('deployment'),
        project_id: projectId,
        name,
        on_demand: true,
        wanted: 'running',
        serving_generation: null,
        idle_timeout_s: onDemandIdleSeconds,
      })
      .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
      .execute()
    const { id } = await tx
      .selectFrom('app.deployment')
      .select('id')
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    const row = await lockDeployment(tx, id)
    if (await needsGeneration(tx, row)) await addGeneration(tx, row, { model, jobId: null, reason: null })
    else if (row.asleep) await wake(tx, id)
    return id
  })

const needsGeneration = async (tx: Tx, row: DeploymentRow): Promise<boolean> => {
  if (row.generation === 0 || row.wanted === 'stopped') return true
  if (row.serving_generation !== null) return false
  const newest = await tx
    .selectFrom('app.deployment_generation')
    .select('state')
    .where('deployment_id', '=', row.id)
    .where('generation', '=', row.generation)
    .executeTakeFirstOrThrow()
  if (newest.state === 'rolling_out') return false
  const problem = await startProblem(tx, row.id)
  if (problem !== null)
    throw new ForgeError('no_replica', { model: row.name.slice(onDemandPrefix.length), reason: problem })
  return true
}

/** Why no replica will come by waiting; null while one may. */
export const startProblem = async (db: Tx, deploymentId: string): Promise<string | null> => {
  const row = await db
    .selectFrom('app.deployment as d')
    .innerJoin('app.deployment_generation as g', (join) =>
      join.onRef('g.deployment_id', '=', 'd.id').onRef('g.generation', '=', 'd.generation'),
    )
    .select(['d.serving_generation', 'd.wanted', 'd.on_demand', 'g.state', 'g.error'])
    .where('d.id', '=', deploymentId)
    .executeTakeFirst()
  if (!row) return 'the deployment is gone'
  if (row.wanted === 'stopped') return 'the deployment is stopped'
  if (row.serving_generation !== null || row.state !== 'failed') return null
  if (row.on_demand && !(await failedLately(db, deploymentId))) return null
  return `its start failed: ${row.error ?? 'no message'}`
}

const failedLately = async (db: Tx, deploymentId: string): Promise<boolean> => {
  const last = await db
    .selectFrom('app.replica')
    .select('expires_at')
    .where('deployment_id', '=', deploymentId)
    .where('state', '=', 'failed')
    .orderBy('expires_at', 'desc')
    .executeTakeFirst()
  // a failed replica expired when it failed; both times are the database's, the pause is rough
  return last !== undefined && last.expires_at.getTime() > Date.now() - retryAfterMs
}
