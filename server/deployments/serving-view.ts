import { findBaseModelPreset } from '../contract/base-models'
import { isWholeModel, type Artifact, type Serving, type ServingEngineName } from '../contract/models'
import type { Tx } from '../storage/database'

/** The engine that last served each model or base of the project, by its id or name. */
export type EnginesSeen = ReadonlyMap<string, ServingEngineName>

export const enginesSeen = async (db: Tx, projectId: string): Promise<EnginesSeen> => {
  const rows = await db
    .selectFrom('app.replica as r')
    .innerJoin('app.deployment as d', 'd.id', 'r.deployment_id')
    .innerJoin('app.deployment_generation as g', (join) =>
      join.onRef('g.deployment_id', '=', 'r.deployment_id').onRef('g.generation', '=', 'r.generation'),
    )
    .distinctOn('g.model')
    .select(['g.model', 'r.engine'])
    .where('d.project_id', '=', projectId)
    .where('r.engine', 'is not', null)
    .orderBy('g.model')
    .orderBy('r.id', 'desc')
    .execute()
  return new Map(rows.flatMap(({ model, engine }) => (engine === null ? [] : [[model, engine] as const])))
}

/** How an engine is shown. */
export const servingOf = (engine: ServingEngineName | null): Serving => ({
  engine,
  slow: engine === null ? null : engine === 'transformers',
})

/**
 * Which engine serves a model: the one that did, else what its artifacts and its base tell. A base that is no preset is
 * looked at by the worker that loads it; until then nobody knows.
 */
export const expectServing = (
  { id, base_model, artifacts }: { id: string; base_model: string; artifacts: readonly Artifact[] },
  seen: EnginesSeen,
): Serving => {
  const known = seen.get(id)
  if (known !== undefined) return servingOf(known)
  if (isWholeModel({ artifacts }))
    return servingOf(artifacts.some(({ name }) => name === 'model.gguf') ? 'llama' : 'transformers')
  const isConverted = artifacts.some(({ name }) => name === 'adapter.gguf')
  if (artifacts.length > 0 && !isConverted) return servingOf('transformers')
  return servingOf(findBaseModelPreset(base_model) ? 'llama' : (seen.get(base_model) ?? null))
}

/** The same for a model that is yet to be trained from `base_model`: as the newest model of that base. */
export const expectResultServing = async (db: Tx, projectId: string, base_model: string): Promise<Serving> => {
  const seen = await enginesSeen(db, projectId)
  const newest = await db
    .selectFrom('app.model')
    .select(['id', 'base_model', 'artifacts'])
    .where('project_id', '=', projectId)
    .where('base_model', '=', base_model)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return expectServing(newest ?? { id: base_model, base_model, artifacts: [] }, seen)
}
