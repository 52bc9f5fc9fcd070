import { findBaseModelPreset } from '../contract/base-models'
import type { DeployInput } from '../contract/deployments'
import type { EvaluationResult } from '../contract/evaluations'
import { ForgeError } from '../contract/errors'
import type { Tx } from '../storage/database'
import { findModel, type FoundModel } from './find-model'

/** A model that may be deployed; `forced` when its gate failed and somebody took the responsibility. */
export interface Admission {
  model: FoundModel
  forced: boolean
}

/**
 * Whether `input.model` may be deployed under `input.name`. The verdict is that of the artifacts to be served, not of
 * the name. Throws `model_not_found`, `name_taken`, `gate_failed` with the failed checks, or `invalid_request` when
 * force comes without a reason.
 */
export const checkGate = async (db: Tx, projectId: string, input: DeployInput): Promise<Admission> => {
  await refuseTakenName(db, projectId, input.name)
  if (input.force && (input.reason ?? '').trim() === '')
    throw new ForgeError(
      'invalid_request',
      { detail: 'force=true needs a reason: it is kept in the audit.' },
      { param: 'reason' },
    )
  const model = await findModel(db, projectId, input.model)
  if (model.gate !== 'failed') return { model, forced: false }
  if (input.force) return { model, forced: true }
  throw new ForgeError(
    'gate_failed',
    { model: model.id, reasons: await failedChecks(db, projectId, model) },
    { param: 'model' },
  )
}

const refuseTakenName = async (db: Tx, projectId: string, name: string): Promise<void> => {
  if (findBaseModelPreset(name)) throw new ForgeError('name_taken', { name, by: 'a base model' }, { param: 'name' })
  const model = await db
    .selectFrom('app.model')
    .select('id')
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .where((eb) => eb.or([eb('id', '=', name), eb('name', '=', name)]))
    .executeTakeFirst()
  if (model) throw new ForgeError('name_taken', { name, by: 'a model' }, { param: 'name' })
}

/** The last evaluation of exactly these artifacts; none of a base model, which has no artifacts of its own. */
export const lastEvaluation = (
  db: Tx,
  projectId: string,
  artifactHash: string | null,
): Promise<{ id: string; result: EvaluationResult } | undefined> =>
  db
    .selectFrom('app.evaluation')
    .select(['id', 'result'])
    .where('project_id', '=', projectId)
    .where('artifact_hash', '=', artifactHash)
    .orderBy('id', 'desc')
    .executeTakeFirst()

/** The failed checks of the last evaluation of these artifacts, in words. */
const failedChecks = async (db: Tx, projectId: string, model: FoundModel): Promise<string> => {
  const last = await lastEvaluation(db, projectId, model.artifact_hash)
  const failed = last?.result.gate.checks.filter((check) => !check.passed) ?? []
  if (failed.length === 0) return `its last evaluation${last ? ` (${last.id})` : ''} did not pass`
  return failed
    .map(
      ({ metric, rule, value, baseline }) =>
        `${metric} ${rule}: got ${String(value)}${baseline === null ? '' : `, baseline ${String(baseline)}`}`,
    )
    .join('; ')
}
