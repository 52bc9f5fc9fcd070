import type {
  IExecuteFunctions,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow'
import { NodeConnectionTypes } from 'n8n-workflow'
import { forgeApiTest } from '../shared/credential-test'
import { searchConnections } from '../shared/listSearch/connections'
import { searchDatasets } from '../shared/listSearch/datasets'
import { doneAndFailed } from '../shared/outputs'
import { resume } from '../shared/resume'
import { resumeWebhooks } from '../shared/wait'
import * as fromFiles from './resources/dataset/from-files'
import * as fromItems from './resources/dataset/from-items'
import * as fromSource from './resources/dataset/from-source'
import { present } from './resources/dataset/present'

export class ForgeIngest implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Ingest',
    name: 'forgeIngest',
    icon: { light: 'file:forge-ingest.svg', dark: 'file:forge-ingest.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle:
      '={{ { fromFiles: "from files", fromItems: "from items", fromSource: "from source" }[$parameter.operation] }}',
    description: 'Make a dataset to train and evaluate with',
    defaults: { name: 'Forge Ingest' },
    usableAsTool: undefined,
    inputs: [NodeConnectionTypes.Main],
    outputs: doneAndFailed,
    credentials: [{ name: 'forgeApi', required: true, testedBy: 'forgeApiTest' }],
    webhooks: resumeWebhooks,
    properties: [
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        options: [
          {
            name: 'Create From Files',
            value: 'fromFiles',
            action: 'Create a dataset from files',
            description: 'CSV or JSONL in a binary field of the items',
          },
          {
            name: 'Create From Items',
            value: 'fromItems',
            action: 'Create a dataset from items',
            description: 'Each item is a row',
          },
          {
            name: 'Create From Source',
            value: 'fromSource',
            action: 'Create a dataset from a source',
            description: 'A URL, S3, PostgreSQL or another dataset: the worker fetches it itself',
          },
        ],
        default: 'fromItems',
      },
      ...fromItems.fields,
      ...fromFiles.fields,
      ...fromSource.fields,
    ],
  }

  methods = { credentialTest: { forgeApiTest }, listSearch: { searchConnections, searchDatasets } }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const operation = this.getNodeParameter('operation', 0)
    if (operation === 'fromFiles') return await fromFiles.execute(this)
    if (operation === 'fromSource') return await fromSource.execute(this)
    return await fromItems.execute(this)
  }

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await resume(this, doneAndFailed.length, present)
  }
}
