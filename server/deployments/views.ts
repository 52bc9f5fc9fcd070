import type { Deployment } from '../contract/deployments'
import { ForgeError } from '../contract/errors'
import type { Tx } from '../storage/database'
import type { Selectable } from 'kysely'
import type { Tables } from '../storage/tables'
import type { DeploymentRow, GenerationRow } from './generations'
import { servingOf } from './serving-view'

type ReplicaRow = Selectable<Tables['app.replica']>

/** Generations and replicas shown per deployment, newest first. */
const shown = 50
/** Failed starts of a generation in service after which it counts as failed, though it is still tried. */
const manyFailures = 3

/** One deployment, by id or name. Throws `deployment_not_found`. */
export const getDeployment = async (db: Tx, projectId: string, idOrName: string): Promise<Deployment> => {
  const [view] = await withDetails(db, [await findDeployment(db, projectId, idOrName)])
  if (!view) throw new ForgeError('deployment_not_found', { id: idOrName })
  return view
}

/** Its row, by id or name. Throws `deployment_not_found`. */
export const findDeployment = async (db: Tx, projectId: string, idOrName: string): Promise<DeploymentRow> => {
  const row = await db
    .selectFrom('app.deployment')
    .selectAll()
    .where('project_id', '=', projectId)
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .executeTakeFirst()
  if (!row) throw new ForgeError('deployment_not_found', { id: idOrName })
  return row
}

/** A page of a project's deployments, newest first; on-demand ones are there too. */
export const listDeployments = async (
  db: Tx,
  projectId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<{ object: 'list'; data: Deployment[]; has_more: boolean }> => {
  const rows = await db
    .selectFrom('app.deployment')
    .selectAll()
    .where('project_id', '=', projectId)
    .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return { object: 'list', data: await withDetails(db, rows.slice(0, limit)), has_more: rows.length > limit }
}

const withDetails = async (db: Tx, rows: readonly DeploymentRow[]): Promise<Deployment[]> => {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const generations = await db
    .selectFrom('app.deployment_generation')
    .selectAll()
    .where('deployment_id', 'in', ids)
    .orderBy('generation', 'desc')
    .execute()
  const replicas = await db
    .selectFrom('app.replica')
    .selectAll()
    .where('deployment_id', 'in', ids)
    .where('state', '!=', 'gone')
    .orderBy('id', 'desc')
    .execute()
  const canaries = await namesOf(
    db,
    rows.flatMap(({ canary_deployment_id: canary }) => (canary === null ? [] : [canary])),
  )
  return rows.map((row) =>
    deploymentView(
      row,
      canaries.get(row.canary_deployment_id ?? '') ?? null,
      generations.filter(({ deployment_id }) => deployment_id === row.id),
      replicas.filter(({ deployment_id }) => deployment_id === row.id),
    ),
  )
}

/** A deployment as the API shows it; `canary` is the name of its canary, generations and replicas come newest first. */
export const deploymentView = (
  row: DeploymentRow,
  canary: string | null,
  generations: readonly GenerationRow[],
  replicas: readonly ReplicaRow[],
): Deployment => ({
  id: row.id,
  object: 'deployment',
  name: row.name,
  status: statusOf(row, generations, replicas),
  model: generations.find(({ generation }) => generation === row.serving_generation)?.model ?? null,
  generation: row.generation,
  serving_generation: row.serving_generation,
  history: generations.slice(0, shown).map(({ generation, model, state, reason, created_at }) => ({
    generation,
    model,
    state,
    reason,
    created_at: created_at.toISOString(),
  })),
  replicas: replicas
    .slice(0, shown)
    .map(({ id, deployment_id, generation, worker_id, state, engine, error, created_at }) => ({
      id,
      deployment_id,
      generation,
      worker_id,
      state,
      engine,
      error,
      started_at: created_at.toISOString(),
    })),
  canary: canary === null || row.canary_weight === null ? null : { deployment: canary, weight: row.canary_weight },
  forge: servingOf(
    replicas.find(({ generation, engine }) => generation === row.serving_generation && engine !== null)?.engine ?? null,
  ),
  created_at: row.created_at.toISOString(),
})

const statusOf = (
  row: DeploymentRow,
  generations: readonly GenerationRow[],
  replicas: readonly ReplicaRow[],
): Deployment['status'] => {
  if (row.wanted === 'stopped') return 'stopped'
  if (row.asleep) return 'asleep'
  if (replicas.some(({ generation, state }) => generation === row.serving_generation && state === 'ready'))
    return 'ready'
  const serving = generations.find(({ generation }) => generation === row.serving_generation)
  if (serving) return serving.failed_starts >= manyFailures ? 'failed' : 'starting'
  return generations[0]?.state === 'failed' ? 'failed' : 'starting'
}

/** The names of canaries by their ids. */
const namesOf = async (tx: Tx, ids: readonly string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map()
  const rows = await tx.selectFrom('app.deployment').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
