import type { z } from 'zod'
import type { CreateJob, createJob } from '../contract/create-job'
import { ForgeError } from '../contract/errors'
import type { DeployInput } from '../contract/deployments'
import type { ModelRef } from '../contract/workers'
import type { Tx } from '../storage/database'
import { findVersion } from '../storage/sql/find-dataset'

/** What the job lifecycle asks of the deployments part. */
export interface ModelPorts {
  findModel(tx: Tx, projectId: string, name: string): Promise<ModelRef>
  checkGate(tx: Tx, projectId: string, input: DeployInput): Promise<void>
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

/** Checks what an input names, and pins it: datasets to a version, models to an id. What is deleted later is missed at lease time. */
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
      if (request.input.source.type === 'files')
        for (const id of request.input.source.file_ids) await checkFile(tx, id, projectId)
      return request.input
    case 'fine-tune': {
      const { data } = request.input
      await models.findModel(tx, projectId, request.input.base_model)
      if (data.type === 'files') {
        for (const id of [data.training_file, data.validation_file]) if (id !== null) await checkFile(tx, id, projectId)
        return request.input
      }
      const version = await findVersion(tx, data.dataset_version_id, projectId)
      if (version.rows < 2) throw new ForgeError('dataset_too_small', { rows: version.rows, needed: 2 })
      return { ...request.input, data: { type: 'dataset', dataset_version_id: version.id } }
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
      await models.findModel(tx, projectId, request.input.model)
      if (request.input.compare_with !== null) await models.findModel(tx, projectId, request.input.compare_with)
      return request.input
  }
}
