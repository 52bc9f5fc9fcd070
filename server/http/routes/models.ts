import type { Selectable } from 'kysely'
import { baseModelPresets } from '../../contract/base-models'
import { ForgeError } from '../../contract/errors'
import type { Model } from '../../contract/models'
import { routes } from '../../contract/routes'
import { releaseProblem, requiresDeployment } from '../../deployments/check-released'
import { enginesSeen, expectServing, type EnginesSeen } from '../../deployments/serving-view'
import { listDeployments } from '../../deployments/views'
import { checkpointName } from '../../storage/sql/find-checkpoint'
import type { Tables } from '../../storage/tables'
import { listOf } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

type Row = Selectable<Tables['app.model']>
const listed = 1000

/** What a project's models are seen with. */
interface Context {
  seen: EnginesSeen
  requireDeployment: boolean
}

const bare = {
  parent: null,
  job_id: null,
  dataset_version_id: null,
  artifacts: [],
  artifact_hash: null,
  metrics: {},
  gate: null,
  checkpoints: [],
}
const viewBase = (name: string, { seen, requireDeployment }: Context): Model => ({
  ...bare,
  id: name,
  object: 'model',
  created: 0,
  owned_by: 'forge',
  kind: 'base',
  name,
  base_model: name,
  forge: {
    ...expectServing({ id: name, base_model: name, artifacts: [] }, seen),
    callable: !requireDeployment,
  },
})

export const modelRoutes = (on: Register, { db, blobs }: Ports): void => {
  const find = async (id: string, projectId: string): Promise<Row> => {
    const row = await db
      .selectFrom('app.model')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('deleted_at', 'is', null)
      .where((eb) => eb.or([eb('id', '=', id), eb('name', '=', id)]))
      .executeTakeFirst()
    if (!row) throw new ForgeError('model_not_found', { id })
    return row
  }
  const contextOf = async (projectId: string): Promise<Context> => ({
    seen: await enginesSeen(db, projectId),
    requireDeployment: await requiresDeployment(db, projectId),
  })
  const view = async (rows: readonly Row[], { seen, requireDeployment }: Context): Promise<Model[]> => {
    const checkpoints =
      rows.length === 0
        ? []
        : await db
            .selectFrom('app.checkpoint')
            .select(['job_id', 'step', 'created_at'])
            .where(
              'job_id',
              'in',
              rows.map((row) => row.job_id),
            )
            .orderBy('step')
            .execute()
    return rows.map((row) => ({
      id: row.id,
      object: 'model',
      created: Math.floor(row.created_at.getTime() / 1000),
      owned_by: row.project_id,
      kind: 'adapter',
      name: row.name,
      base_model: row.base_model,
      parent: row.parent,
      job_id: row.job_id,
      dataset_version_id: row.dataset_version_id,
      artifacts: row.artifacts,
      artifact_hash: row.artifact_hash,
      metrics: row.metrics as Model['metrics'],
      gate: row.gate,
      checkpoints: checkpoints
        .filter((checkpoint) => checkpoint.job_id === row.job_id)
        .map(({ job_id, step, created_at }) => ({
          step,
          model: checkpointName(job_id, step),
          created_at: created_at.toISOString(),
        })),
      forge: {
        ...expectServing(row, seen),
        callable: releaseProblem({ gate: row.gate, requireDeployment }) === null,
      },
    }))
  }

  on(routes.listModels, async ({ caller }) => {
    const rows = await db
      .selectFrom('app.model')
      .selectAll()
      .where('project_id', '=', caller.projectId)
      .where('deleted_at', 'is', null)
      .orderBy('id', 'desc')
      .limit(listed)
      .execute()
    const context = await contextOf(caller.projectId)
    const { data } = await listDeployments(db, caller.projectId, { limit: 100 })
    const deployed = data
      .filter(({ serving_generation, name }) => serving_generation !== null && !name.startsWith('on-demand:'))
      .map(
        (deployment): Model => ({
          ...bare,
          id: deployment.name,
          object: 'model',
          created: Math.floor(Date.parse(deployment.created_at) / 1000),
          owned_by: caller.projectId,
          kind: 'deployment',
          name: deployment.name,
          base_model: rows.find((row) => row.id === deployment.model)?.base_model ?? deployment.model ?? '',
          parent: deployment.model,
          forge: { ...deployment.forge, callable: deployment.status !== 'stopped' },
        }),
      )
    return listOf([
      ...deployed,
      ...(await view(rows, context)),
      ...baseModelPresets.map(({ name }) => viewBase(name, context)),
    ])
  })
  on(routes.getModel, async ({ params, caller }) => {
    const context = await contextOf(caller.projectId)
    if (baseModelPresets.some(({ name }) => name === params.id)) return viewBase(params.id, context)
    const [model] = await view([await find(params.id, caller.projectId)], context)
    if (!model) throw new ForgeError('model_not_found', { id: params.id })
    return model
  })
  on(routes.getModelContent, async ({ params, caller, reply }) => {
    const row = await find(params.id, caller.projectId)
    const artifact = row.artifacts.find(({ name }) => name === params.name)
    if (!artifact)
      throw new ForgeError(
        'model_not_found',
        { id: `${params.id}/${params.name}` },
        { hint: `It has ${row.artifacts.map(({ name }) => name).join(', ')}.` },
      )
    return reply
      .type('application/octet-stream')
      .header('content-disposition', `attachment; filename="${artifact.name}"`)
      .send(await blobs.read(artifact.sha256))
  })
  on(routes.deleteModel, async ({ params, caller }) => {
    const row = await find(params.id, caller.projectId)
    const user = await db
      .selectFrom('app.deployment_generation')
      .innerJoin('app.deployment', 'app.deployment.id', 'deployment_id')
      .select('app.deployment.name')
      .where('model', '=', row.id)
      .where('state', 'in', ['serving', 'rolling_out'])
      .where('on_demand', '=', false)
      .executeTakeFirst()
    if (user)
      throw new ForgeError(
        'name_taken',
        { name: row.id, by: `deployment "${user.name}"` },
        { hint: 'Stop that deployment or roll out another model first.' },
      )
    await db.updateTable('app.model').set({ deleted_at: new Date() }).where('id', '=', row.id).execute()
    return { id: row.id, object: 'model', deleted: true as const }
  })
}
