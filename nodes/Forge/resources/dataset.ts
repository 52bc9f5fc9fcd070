import type { IDataObject, INodeProperties } from 'n8n-workflow'
import type { Dataset, Reply } from '../../shared/contract'
import { choice } from '../../shared/job-fields'
import { datasetLocator } from '../../shared/locators'
import { forge } from '../../shared/transport'
import { act, get, getMany, type Operation, type Resource } from './operation'

const path = '/v1/datasets'
const field: INodeProperties = { ...datasetLocator(), description: 'The dataset, by its ID or name' }

const simplifyDataset = ({ id, name, latest_version: newest, created_at }: Dataset): IDataObject => ({
  dataset_id: id,
  name,
  version: newest?.version ?? null,
  dataset_version_id: newest?.id ?? null,
  rows: newest?.rows ?? 0,
  validation_rows: newest?.validation_rows ?? 0,
  created_at,
})
const one = { path, field, simplify: simplifyDataset }

const preview: Operation = {
  name: 'Get Rows',
  value: 'preview',
  action: 'Get the first rows of a dataset',
  description: 'The first rows of the newest version',
  reads: true,
  fields: [
    field,
    {
      displayName: 'Part',
      name: 'part',
      type: 'options',
      options: [
        { name: 'Training', value: 'train' },
        { name: 'Validation', value: 'validation' },
      ],
      default: 'train',
      description: 'Which rows to look at',
    },
    {
      displayName: 'Limit',
      name: 'limit',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 100 },
      default: 50,
      description: 'Max number of results to return',
    },
  ],
  run: async (context, item) => {
    const { rows } = await forge<Reply<'previewDataset'>>(context, {
      method: 'GET',
      path: `${path}/${encodeURIComponent(choice(context, 'dataset', 'dataset', item))}/preview`,
      query: {
        part: context.getNodeParameter('part', item),
        limit: context.getNodeParameter('limit', item),
      } as IDataObject,
      itemIndex: item,
    })
    return rows as IDataObject[]
  },
}

export const datasetResource: Resource = {
  name: 'Dataset',
  value: 'dataset',
  operations: [
    get({ ...one, action: 'Get a dataset', description: 'Its newest version and size' }),
    getMany({ path, simplify: simplifyDataset, action: 'Get many datasets', description: 'Datasets, newest first' }),
    preview,
    act({
      ...one,
      name: 'Delete',
      value: 'delete',
      method: 'DELETE',
      action: 'Delete a dataset',
      description: 'Deletes a dataset with all its versions',
      simplify: ({ id, deleted }: { id: string; deleted: boolean }): IDataObject => ({ dataset_id: id, deleted }),
    }),
  ],
}
