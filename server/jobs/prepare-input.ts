import type { z } from 'zod'
import type { ConnectionType } from '../contract/connections'
import type { CreateJob, createJob } from '../contract/create-job'
import { ForgeError } from '../contract/errors'
import type { IngestInput } from '../contract/datasets'
import type { DeployInput } from '../contract/deployments'
import { isWholeModel } from '../contract/models'
import type { ModelRef } from '../contract/workers'
import type { Tx } from '../storage/database'
import { findAirflowConnection } from '../storage/sql/find-airflow-connection'
import { findConnection } from '../storage/sql/find-connection'
import { findVersion } from '../storage/sql/find-dataset'

/** What the job lifecycle asks of the deployments part. */
export interface ModelPorts {
  findModel(tx: Tx, projectId: string, name: string): Promise<ModelRef>
  checkGate(tx: Tx, projectId: string, input: DeployInput): Promise<void>
  /** Throws `model_not_found`, or `model_not_released` where the project demands a deployment and this is none. */
  checkCallable(tx: Tx, projectId: string, name: string): Promise<void>
}
type Input = z.infer<typeof createJob>

const checkFile = async (tx: Tx, id: string, projectId: string): Promise<void> => {
  const row = await tx
    .selectFrom('app.file')
    .select('id')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new ForgeError('file_not_found', { id })
}

const typeFor = { url: 'http', s3: 's3', sql: 'postgres' } as const

/** The id of a connection that an input names. Throws `connection_not_found`, or `invalid_request` for another type. */
const pinConnection = async (
  tx: Tx,
  projectId: string,
  name: string,
  wanted: ConnectionType,
  param: string,
): Promise<string> => {
  const { id, type } = await findConnection(tx, name, projectId)
  if (type === wanted) return id
  throw new ForgeError(
    'invalid_request',
    { detail: `${param}: "${name}" is of type ${type}, not ${wanted}.` },
    { param },
  )
}

/** Files must be there, a dataset is pinned to a version, a connection to its id, and must be of the source's type. */
const prepareSource = async (
  tx: Tx,
  projectId: string,
  source: IngestInput['source'],
): Promise<IngestInput['source']> => {
  switch (source.type) {
    case 'files':
      for (const id of source.file_ids) await checkFile(tx, id, projectId)
      return source
    case 'rows':
      return source
    case 'dataset':
      return { ...source, dataset: (await findVersion(tx, source.dataset, projectId)).id }
    default:
      if (source.connection === null) return source
      return {
        ...source,
        connection: await pinConnection(tx, projectId, source.connection, typeFor[source.type], 'source.connection'),
      }
  }
}

/** An adapter lies over a base, and all weights are those of one model: neither is trained on as the other. */
const checkMethod = (method: 'lora' | 'full', start: ModelRef): void => {
  if (start.artifacts.length === 0 || (method === 'full') === isWholeModel(start)) return
  const [is, remedy] = isWholeModel(start) ? ['was trained whole', 'full'] : ['is an adapter', 'lora']
  throw new ForgeError(
    'invalid_request',
    { detail: `method: ${start.id} ${is} and cannot be trained on with "${method}".` },
    { param: 'method', hint: `Use method "${remedy}", or start from a base model.` },
  )
}

/**
 * Checks what an input names, and pins it: datasets to a version, models to an id. Data that is
 * deleted later is still read, what is erased is missed at lease time.
 */
export const prepareInput = async (
  tx: Tx,
  projectId: string,
  request: Input,
  models: ModelPorts,
): Promise<CreateJob['input']> => {
  switch (request.kind) {
    case 'sleep':
      return request.input
    case 'ingest':
      return { ...request.input, source: await prepareSource(tx, projectId, request.input.source) }
    case 'fine-tune': {
      const { data, hub_connection: hub } = request.input
      const start = await models.findModel(tx, projectId, request.input.base_model)
      checkMethod(request.input.method, start)
      // a tuned model or a checkpoint is pinned by its id; a base has no other name
      const pinned = { ...request.input, base_model: start.id }
      const input =
        hub === undefined
          ? pinned
          : {
              ...pinned,
              hub_connection: await pinConnection(tx, projectId, hub, 'huggingface', 'hub_connection'),
            }
      if (data.type === 'files') {
        for (const id of [data.training_file, data.validation_file]) if (id !== null) await checkFile(tx, id, projectId)
        return input
      }
      const version = await findVersion(tx, data.dataset_version_id, projectId)
      if (version.rows < 2) throw new ForgeError('dataset_too_small', { rows: version.rows, needed: 2 })
      return { ...input, data: { type: 'dataset', dataset_version_id: version.id } }
    }
    case 'evaluate': {
      const version = await findVersion(tx, request.input.dataset_version_id, projectId)
      const model = await models.findModel(tx, projectId, request.input.model)
      const { baseline } = request.input
      return {
        ...request.input,
        model: model.id,
        dataset_version_id: version.id,
        baseline:
          baseline === null || baseline === 'base' ? baseline : (await models.findModel(tx, projectId, baseline)).id,
      }
    }
    case 'deploy': {
      const model = await models.findModel(tx, projectId, request.input.model)
      const input = { ...request.input, model: model.id }
      await models.checkGate(tx, projectId, input)
      return input
    }
    case 'generate':
      if (request.input.source.type === 'products') await checkFile(tx, request.input.source.file_id, projectId)
      await models.checkCallable(tx, projectId, request.input.model)
      if (request.input.compare_with !== null) await models.findModel(tx, projectId, request.input.compare_with)
      return request.input
    case 'airflow-dag':
      return {
        ...request.input,
        connection: (await findAirflowConnection(tx, projectId, request.input.connection)).id,
      }
  }
}
