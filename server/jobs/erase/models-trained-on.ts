import type { Erasure } from '../../contract/erasure'
import type { Db } from '../../storage/database'
import { mentions } from './made-of'

/** The models whose fine-tuning read one of these files or dataset versions, each with the deployments that serve it. */
export const modelsTrainedOn = async (
  db: Db,
  projectId: string,
  ids: readonly string[],
): Promise<Erasure['models']> => {
  const models = await db
    .selectFrom('app.model')
    .innerJoin('app.job', 'app.job.id', 'app.model.job_id')
    .select(['app.model.id', 'app.model.name', 'app.model.artifact_hash'])
    .where('app.model.project_id', '=', projectId)
    .where(mentions(ids))
    .execute()
  if (models.length === 0) return []
  const serving = await db
    .selectFrom('app.deployment_generation as generation')
    .innerJoin('app.deployment as deployment', 'deployment.id', 'generation.deployment_id')
    .select(['deployment.name', 'generation.artifact_hash'])
    .where('deployment.project_id', '=', projectId)
    .where('generation.state', 'in', ['rolling_out', 'serving'])
    .execute()
  return models.map(({ id, name, artifact_hash }) => ({
    id,
    name,
    deployments: serving.filter((one) => one.artifact_hash === artifact_hash).map((one) => one.name),
  }))
}
