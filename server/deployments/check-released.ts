import { ForgeError } from '../contract/errors'
import type { Tx } from '../storage/database'
import { findModel, type FoundModel } from './find-model'

/** Why a model may not be called without a deployment; null when it may. */
export const releaseProblem = ({
  gate,
  requireDeployment,
}: {
  gate: FoundModel['gate']
  requireDeployment: boolean
}): string | null => {
  if (gate === 'failed') return 'it failed its last gate'
  return requireDeployment ? 'this project allows calls of deployments only' : null
}

/** Whether the project demands that models are called through a deployment. */
export const requiresDeployment = async (db: Tx, projectId: string): Promise<boolean> => {
  const { require_deployment } = await db
    .selectFrom('app.project')
    .select('require_deployment')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  return require_deployment
}

/** Throws `model_not_released` unless the model may be called without a deployment. */
export const checkReleased = async (db: Tx, projectId: string, { id, gate }: FoundModel): Promise<void> => {
  const requireDeployment = await requiresDeployment(db, projectId)
  const reason = releaseProblem({ gate, requireDeployment })
  if (reason !== null) throw new ForgeError('model_not_released', { model: id, reason }, { param: 'model' })
}

/** What a job may generate with: any model, or, where the project says so, a deployment only. Throws as `findModel` does. */
export const checkCallable = async (db: Tx, projectId: string, name: string): Promise<void> => {
  const model = await findModel(db, projectId, name)
  // a job may call a model whose gate failed: somebody has to look at its texts
  if (model.kind !== 'deployment') await checkReleased(db, projectId, { ...model, gate: null })
}
