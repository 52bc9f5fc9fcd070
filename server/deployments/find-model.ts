import { baseModelPresets } from '../contract/base-models'
import { ForgeError } from '../contract/errors'
import type { ModelRef } from '../contract/workers'
import type { Tx } from '../storage/database'
import { findCheckpoint } from '../storage/sql/find-checkpoint'

/** What a name stands for now: enough to pin it, to load it and to judge it. */
export interface FoundModel extends ModelRef {
  /** verdict of the last evaluation; null for a base and for a model never judged */
  gate: 'passed' | 'failed' | null
  kind: 'base' | 'adapter' | 'checkpoint' | 'deployment'
}

/**
 * Resolves a name as a base model, a model id, `base:adapter`, a checkpoint (`…:ckpt-step-<n>`), a deployment (what it
 * serves) or, last, a model's name (the newest that bears it). Throws `model_not_found`.
 */
export const findModel = async (db: Tx, projectId: string, name: string): Promise<FoundModel> =>
  findBase(name) ??
  (await findById(db, projectId, name)) ??
  (await asCheckpoint(db, projectId, name)) ??
  (await findServed(db, projectId, name)) ??
  (await findByName(db, projectId, name)) ??
  unknownModel(name)

const unknownModel = (id: string): never => {
  throw new ForgeError('model_not_found', { id }, { param: 'model' })
}

/** A preset, a folder in the workers' models folder, or a Hugging Face id: whether the latter two exist, the worker finds out. */
const isBase = (name: string): boolean =>
  baseModelPresets.some((base) => base.name === name) ||
  /^folder:[A-Za-z0-9][\w.-]{0,99}$/.test(name) ||
  /^[\w.-]+\/[\w.-]+$/.test(name)

const findBase = (name: string): FoundModel | undefined =>
  isBase(name)
    ? { id: name, base_model: name, artifacts: [], artifact_hash: null, gate: null, kind: 'base' }
    : undefined

const models = (db: Tx, projectId: string) =>
  db
    .selectFrom('app.model')
    .select(['id', 'base_model', 'artifacts', 'artifact_hash', 'gate'])
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)

const findById = async (db: Tx, projectId: string, name: string): Promise<FoundModel | undefined> => {
  const colon = name.lastIndexOf(':')
  const [base, id] = colon === -1 ? [null, name] : [name.slice(0, colon), name.slice(colon + 1)]
  const row = await models(db, projectId).where('id', '=', id).executeTakeFirst()
  // `other-base:model_…` would name a combination that was never trained
  return row && (base === null || base === row.base_model) ? { ...row, kind: 'adapter' } : undefined
}

const asCheckpoint = async (db: Tx, projectId: string, name: string): Promise<FoundModel | undefined> => {
  const found = await findCheckpoint(db, projectId, name)
  return found && { ...found, kind: 'checkpoint' }
}

const findByName = async (db: Tx, projectId: string, name: string): Promise<FoundModel | undefined> => {
  const row = await models(db, projectId).where('name', '=', name).orderBy('id', 'desc').executeTakeFirst()
  return row && { ...row, kind: 'adapter' }
}

const findServed = async (db: Tx, projectId: string, name: string): Promise<FoundModel | undefined> => {
  const row = await db
    .selectFrom('app.deployment as d')
    .innerJoin('app.deployment_generation as g', (join) =>
      join.onRef('g.deployment_id', '=', 'd.id').onRef('g.generation', '=', 'd.serving_generation'),
    )
    .leftJoin('app.model as m', 'm.id', 'g.model')
    .select(['g.model_ref', 'm.gate'])
    .where('d.project_id', '=', projectId)
    .where('d.name', '=', name)
    .where('d.on_demand', '=', false)
    .executeTakeFirst()
  return row && { ...row.model_ref, gate: row.gate, kind: 'deployment' }
}
