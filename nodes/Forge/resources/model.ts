import type { IDataObject } from 'n8n-workflow'
import type { Model } from '../../shared/contract'
import { modelLocator } from '../../shared/locators'
import { act, get, getMany, type Resource } from './operation'

const path = '/v1/models'

const simplifyModel = ({ id, name, kind, ...model }: Model): IDataObject => ({
  model_id: id,
  name,
  kind,
  base_model: model.base_model,
  parent: model.parent,
  dataset_version_id: model.dataset_version_id,
  gate: model.gate,
  metrics: model.metrics,
  job_id: model.job_id,
})
const one = { path, field: modelLocator(), simplify: simplifyModel }

export const modelResource: Resource = {
  name: 'Model',
  value: 'model',
  operations: [
    get({ ...one, action: 'Get a model', description: 'A base model, a tuned model or a deployment' }),
    getMany({ path, simplify: simplifyModel, action: 'Get many models', description: 'Everything that can be called' }),
    act({
      ...one,
      name: 'Delete',
      value: 'delete',
      method: 'DELETE',
      action: 'Delete a model',
      description: 'Deletes a tuned model that no deployment needs',
      simplify: ({ id, deleted }: { id: string; deleted: boolean }): IDataObject => ({ model_id: id, deleted }),
    }),
  ],
}
