import type { Outputs } from '../contract/workers'
import type { FineTuneInput } from '../contract/fine-tuning'
import type { EvaluateInput } from '../contract/evaluations'
import type { IngestInput } from '../contract/datasets'
import { ForgeError } from '../contract/errors'
import { artifactHash } from '../storage/artifact-hash'
import { cleanJson } from '../storage/clean-text'
import type { Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { emitEvent } from '../storage/sql/emit-event'
import { checkArtifacts } from '../storage/sql/check-artifacts'
import { baseOf, findCheckpoint } from '../storage/sql/find-checkpoint'
import type { Json } from '../storage/tables'
import type { JobRow } from './move-job'

type Of<K extends Outputs['kind']> = Extract<Outputs, { kind: K }>

/** A new version of the dataset with this name, which is made when it is new. */
const datasetVersion = async (tx: Tx, job: JobRow, outputs: Of<'ingest'>): Promise<Json> => {
  const { name, append } = job.input as unknown as IngestInput
  await checkArtifacts(tx, [outputs.train, ...(outputs.validation ? [outputs.validation] : [])])
  await tx
    .insertInto('app.dataset')
    .values({ id: newId('dataset'), project_id: job.project_id, name })
    .onConflict((on) => on.columns(['project_id', 'name']).where('deleted_at', 'is', null).doNothing())
    .execute()
  const dataset = await tx
    .selectFrom('app.dataset')
    .select('id')
    .where('project_id', '=', job.project_id)
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const newest = await tx
    .selectFrom('app.dataset_version')
    .select(['id', 'version'])
    .where('dataset_id', '=', dataset.id)
    .orderBy('version', 'desc')
    .executeTakeFirst()
  const parent = outputs.report.appended_to?.dataset_version_id ?? null
  // the rows of a version that was made meanwhile would be missing from this one
  if (append && parent !== (newest?.id ?? null))
    throw new ForgeError('dataset_changed', { name, parent: parent ?? 'nothing' })
  const id = newId('datasetVersion')
  const version = (newest?.version ?? 0) + 1
  await tx
    .insertInto('app.dataset_version')
    .values({
      id,
      dataset_id: dataset.id,
      version,
      sha256: outputs.train.sha256,
      rows: outputs.train_rows,
      validation_sha256: outputs.validation?.sha256 ?? null,
      validation_rows: outputs.validation_rows,
      report: cleanJson(outputs.report),
      job_id: job.id,
      parent_id: append ? parent : null,
    })
    .execute()
  const made = {
    dataset_id: dataset.id,
    dataset_version_id: id,
    version,
    rows: outputs.train_rows,
    validation_rows: outputs.validation_rows,
  }
  await emitEvent(tx, job.project_id, 'dataset.version_created', { ...made, job_id: job.id })
  return made
}

/** The end of the id tells models of one base apart; where that is taken, the whole id. */
const freeName = async (tx: Tx, projectId: string, stem: string, id: string): Promise<string> => {
  const name = `${stem}:${id.slice(-6)}`
  const other = await tx
    .selectFrom('app.model')
    .select('id')
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst()
  return other ? `${stem}:${id}` : name
}

const model = async (tx: Tx, job: JobRow, outputs: Of<'fine-tune'>): Promise<Json> => {
  const input = job.input as unknown as FineTuneInput
  await checkArtifacts(tx, outputs.artifacts)
  const id = newId('model')
  const base = await baseOf(tx, job.project_id, input.base_model)
  const name = await freeName(tx, job.project_id, [base, input.suffix].filter(Boolean).join(':'), id)
  await tx
    .insertInto('app.model')
    .values({
      id,
      project_id: job.project_id,
      name,
      base_model: base,
      parent: input.base_model,
      dataset_version_id: input.data.type === 'dataset' ? input.data.dataset_version_id : null,
      job_id: job.id,
      artifacts: JSON.stringify(outputs.artifacts),
      artifact_hash: artifactHash(outputs.artifacts),
      metrics: cleanJson(outputs.metrics),
    })
    .execute()
  await emitEvent(tx, job.project_id, 'model.created', { model_id: id, name, job_id: job.id })
  return { model_id: id, name, trained_tokens: outputs.trained_tokens, metrics: outputs.metrics }
}

/** The verdict is bound to the hash of what was judged, and shown on the model. */
const evaluation = async (tx: Tx, job: JobRow, outputs: Of<'evaluate'>): Promise<Json> => {
  const input = job.input as unknown as EvaluateInput
  await checkArtifacts(tx, [outputs.items])
  const judged = await tx
    .selectFrom('app.model')
    .select(['id', 'artifact_hash'])
    .where('id', '=', input.model)
    .executeTakeFirst()
  const id = newId('evaluation')
  const { passed } = outputs.result.gate
  await tx
    .insertInto('app.evaluation')
    .values({
      id,
      project_id: job.project_id,
      model: input.model,
      artifact_hash: (judged ?? (await findCheckpoint(tx, job.project_id, input.model)))?.artifact_hash ?? null,
      dataset_version_id: input.dataset_version_id,
      result: cleanJson(outputs.result),
      passed,
      items_sha256: outputs.items.sha256,
      job_id: job.id,
    })
    .execute()
  if (judged)
    await tx
      .updateTable('app.model')
      .set({ gate: passed ? 'passed' : 'failed' })
      .where('id', '=', judged.id)
      .execute()
  await emitEvent(tx, job.project_id, 'evaluation.completed', {
    evaluation_id: id,
    model: input.model,
    passed,
    job_id: job.id,
  })
  return { evaluation_id: id, passed, tokens: outputs.tokens }
}

/** Registers what a job made, in the transaction that ends it, and gives the job's `result`. */
export const registerOutputs = async (tx: Tx, job: JobRow, outputs: Outputs): Promise<Json> => {
  switch (outputs.kind) {
    case 'sleep':
      return { slept_seconds: outputs.slept_seconds }
    case 'ingest':
      return await datasetVersion(tx, job, outputs)
    case 'fine-tune':
      return await model(tx, job, outputs)
    case 'evaluate':
      return await evaluation(tx, job, outputs)
    case 'deploy':
      return { deployment_id: outputs.deployment_id, generation: outputs.generation, name: job.input['name'] }
    case 'generate':
      await checkArtifacts(tx, [outputs.rows])
      return {
        rows_sha256: outputs.rows.sha256,
        items: outputs.items,
        failed_items: outputs.failed_items,
        tokens: outputs.tokens,
      }
  }
}
