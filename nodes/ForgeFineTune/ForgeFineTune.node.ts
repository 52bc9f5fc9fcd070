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
import { searchDatasets } from '../shared/listSearch/datasets'
import { searchTrainableModels } from '../shared/listSearch/models'
import { refuseAsTool } from '../shared/tool'
import { doneAndFailedWhen } from '../shared/outputs'
import { resume } from '../shared/resume'
import { resumeWebhooks } from '../shared/wait'
import * as estimate from './resources/model/estimate'
import * as run from './resources/model/run'
import * as start from './resources/model/start'

export class ForgeFineTune implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Fine-Tune',
    name: 'forgeFineTune',
    icon: { light: 'file:forge-fine-tune.svg', dark: 'file:forge-fine-tune.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle: '={{ { run: "run and wait", start: "start", estimate: "estimate" }[$parameter.operation] }}',
    description: 'Train a model on a dataset, on your own machines',
    defaults: { name: 'Forge Fine-Tune' },
    usableAsTool: {
      replacements: {
        description:
          'Estimate what fine-tuning a model on a dataset of the Forge server would take, or start it. Starting gives a job ID at once and does not wait.',
      },
    },
    inputs: [NodeConnectionTypes.Main],
    outputs: doneAndFailedWhen('run'),
    credentials: [{ name: 'forgeApi', required: true, testedBy: 'forgeApiTest' }],
    webhooks: resumeWebhooks,
    properties: [
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        displayOptions: { hide: { '@tool': [true] } },
        options: [
          {
            name: 'Estimate',
            value: 'estimate',
            action: 'Estimate a fine tuning run',
            description: 'Time, memory, energy and cost, before anything runs',
          },
          {
            name: 'Run and Wait',
            value: 'run',
            action: 'Run fine tuning and wait for the model',
            description: 'The execution waits without cost and goes on with the model',
          },
          {
            name: 'Start',
            value: 'start',
            action: 'Start a fine tuning run',
            description: 'Goes on at once with the ID of the job',
          },
        ],
        default: 'run',
      },
      {
        displayName: 'Operation',
        name: 'operation',
        type: 'options',
        noDataExpression: true,
        displayOptions: { show: { '@tool': [true] } },
        options: [
          {
            name: 'Estimate',
            value: 'estimate',
            action: 'Estimate what fine tuning a model on a dataset would take',
            description: 'Time, memory, energy and cost, before anything runs',
          },
          {
            name: 'Start',
            value: 'start',
            action: 'Start fine tuning a model on a dataset',
            description: 'Goes on at once with the ID of the job',
          },
        ],
        default: 'estimate',
      },
      ...estimate.fields,
      ...run.fields,
      ...start.fields,
    ],
  }

  methods = { credentialTest: { forgeApiTest }, listSearch: { searchTrainableModels, searchDatasets } }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const operation = this.getNodeParameter('operation', 0)
    if (operation === 'estimate') return [await estimate.execute(this)]
    if (operation === 'start') return [await start.execute(this)]
    refuseAsTool(this, operation)
    if (operation === 'run') return await run.execute(this)
    throw new NodeOperationError(this.getNode(), `Forge Fine-Tune has no operation "${String(operation)}"`)
  }

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await resume(this, 2, run.present)
  }
}
