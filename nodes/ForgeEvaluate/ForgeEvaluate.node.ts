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
import { searchDatasets } from '../shared/listSearch/datasets'
import { searchEvaluableModels } from '../shared/listSearch/models'
import { passedBelowGateFailed } from '../shared/outputs'
import { resume } from '../shared/resume'
import { resumeWebhooks } from '../shared/wait'
import * as run from './resources/evaluation/run'

export class ForgeEvaluate implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Evaluate',
    name: 'forgeEvaluate',
    icon: { light: 'file:forge-evaluate.svg', dark: 'file:forge-evaluate.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle: '={{ $parameter.metrics.join(", ") }}',
    description: 'Judge a model against a baseline and a gate',
    defaults: { name: 'Forge Evaluate' },
    usableAsTool: undefined,
    inputs: [NodeConnectionTypes.Main],
    outputs: passedBelowGateFailed,
    credentials: [{ name: 'forgeApi', required: true, testedBy: 'forgeApiTest' }],
    webhooks: resumeWebhooks,
    properties: run.fields,
  }

  methods = { credentialTest: { forgeApiTest }, listSearch: { searchDatasets, searchEvaluableModels } }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    return await run.execute(this)
  }

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await resume(this, passedBelowGateFailed.length, run.present)
  }
}
