import type {
  IExecuteFunctions,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow'
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow'
import { forgeApiTest } from '../shared/credential-test'
import { searchModels } from '../shared/listSearch/models'
import { doneAndFailedWhen } from '../shared/outputs'
import { resume } from '../shared/resume'
import { refuseAsTool } from '../shared/tool'
import { resumeWebhooks } from '../shared/wait'
import * as batch from './resources/text/batch'
import * as generate from './resources/text/generate'

export class ForgeGenerate implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Generate',
    name: 'forgeGenerate',
    icon: { light: 'file:forge-generate.svg', dark: 'file:forge-generate.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle: '={{ $parameter.operation === "batch" ? "batch" : "text" }}',
    description: 'Write texts with a model of your own Forge server',
    defaults: { name: 'Forge Generate' },
    usableAsTool: {
      replacements: {
        description:
          'Ask a language model of the Forge server for a text. Give it the complete question or task as the user message.',
      },
    },
    inputs: [NodeConnectionTypes.Main],
    outputs: doneAndFailedWhen('batch'),
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
            name: 'Generate Batch',
            value: 'batch',
            action: 'Generate a batch of texts',
            description: 'Thousands of items in one job: the execution waits without cost until they are done',
            displayOptions: { hide: { '@tool': [true] } },
          },
          {
            name: 'Generate Text',
            value: 'generate',
            action: 'Generate a text',
            description: 'One answer for each item, at once',
          },
        ],
        default: 'generate',
      },
      ...generate.fields,
      ...batch.fields,
    ],
  }

  methods = { credentialTest: { forgeApiTest }, listSearch: { searchModels } }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const operation = this.getNodeParameter('operation', 0)
    if (operation === 'generate') return [await generate.execute(this)]
    refuseAsTool(this, operation)
    if (operation === 'batch') return await batch.execute(this)
    throw new NodeOperationError(this.getNode(), `Forge Generate has no operation "${String(operation)}"`)
  }

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await resume(this, 2, batch.present)
  }
}
