import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { JobInput } from '../../../shared/contract'
import { choice, jobOptionsOf, optionalChoice } from '../../../shared/job-fields'
import { datasetLocator, locator } from '../../../shared/locators'
import { doneAndFailed } from '../../../shared/outputs'
import { forOperation } from '../../../shared/show'
import { waitForJobs, type WaitingJob } from '../../../shared/wait'
import {
  appendOf,
  datasetNameOf,
  formatField,
  ingestOptionsOf,
  nameField,
  optionsField,
  templateFields,
} from './options'
import { present } from './present'

const connectionField = (required: boolean, types: string[], description: string): INodeProperties =>
  locator({
    displayName: 'Connection',
    name: required ? 'connection' : 'optional_connection',
    description,
    search: 'searchConnections',
    placeholder: 'conn_…',
    required,
    displayOptions: { show: { source: types } },
  })

export const fields: INodeProperties[] = forOperation(
  [
    nameField,
    {
      displayName: 'Source',
      name: 'source',
      type: 'options',
      noDataExpression: true,
      options: [
        { name: 'Another Dataset', value: 'dataset', description: 'Its rows, with other options' },
        { name: 'PostgreSQL', value: 'sql', description: 'The rows of a query' },
        { name: 'S3', value: 's3', description: 'A file in S3 or a store that speaks as it does' },
        { name: 'URL', value: 'url', description: 'A file on the web' },
      ],
      default: 'url',
      description: 'Where the Forge worker fetches the data; n8n does not see it',
    },
    {
      displayName: 'URL',
      name: 'url',
      type: 'string',
      default: '',
      required: true,
      placeholder: 'https://…/products.csv',
      description: 'Where the file lies; private addresses must be allowed on the server',
      displayOptions: { show: { source: ['url'] } },
    },
    connectionField(false, ['url'], 'For a file behind a login; leave it empty for one that is open'),
    {
      displayName: 'S3 Address',
      name: 'uri',
      type: 'string',
      default: '',
      required: true,
      placeholder: 's3://bucket/products.csv',
      description: 'Bucket and key of the file',
      displayOptions: { show: { source: ['s3'] } },
    },
    {
      displayName: 'Query',
      name: 'query',
      type: 'string',
      typeOptions: { rows: 4 },
      default: '',
      required: true,
      placeholder: 'SELECT prompt, completion FROM pairs',
      description: 'One query; it runs in a transaction that can only read',
      displayOptions: { show: { source: ['sql'] } },
    },
    connectionField(true, ['s3', 'sql'], 'The stored credentials, by their name or ID'),
    datasetLocator({ show: { source: ['dataset'] } }),
    formatField,
    ...templateFields,
    optionsField,
  ],
  'fromSource',
)

/** One dataset of what the source of the first item holds; the execution parks until it is there. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[][]> =>
  await waitForJobs(context, { outputs: doneAndFailed.length, present, jobs: () => [ingestJob(context)] })

const ingestJob = (context: IExecuteFunctions): WaitingJob => {
  const options = ingestOptionsOf(context, String(context.getNodeParameter('format', 0, 'auto')))
  const input = { name: datasetNameOf(context), source: sourceOf(context), ...appendOf(context), options }
  return {
    job: { kind: 'ingest', input, job: jobOptionsOf(context, 0) },
    items: context.getInputData().map((_, item) => item),
  }
}

const sourceOf = (context: IExecuteFunctions): JobInput<'ingest'>['source'] => {
  const text = (name: string): string => String(context.getNodeParameter(name, 0, '') ?? '').trim()
  const connection = (): string => choice(context, 'connection', 'connection', 0)
  switch (context.getNodeParameter('source', 0)) {
    case 'dataset':
      return { type: 'dataset', dataset: choice(context, 'dataset', 'dataset', 0) }
    case 'sql':
      return { type: 'sql', connection: connection(), query: text('query') }
    case 's3':
      return { type: 's3', connection: connection(), uri: text('uri') }
    default:
      return { type: 'url', url: text('url'), connection: optionalChoice(context, 'optional_connection', 0) }
  }
}
