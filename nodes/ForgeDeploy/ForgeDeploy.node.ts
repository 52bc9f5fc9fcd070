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
import { searchDeployments } from '../shared/listSearch/deployments'
import { searchTunedModels } from '../shared/listSearch/models'
import { doneAndFailedWhen } from '../shared/outputs'
import { resume } from '../shared/resume'
import { resumeWebhooks } from '../shared/wait'
import * as rollOut from './resources/deployment/roll-out'
import * as stop from './resources/deployment/stop'

export class ForgeDeploy implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Deploy',
    name: 'forgeDeploy',
    icon: { light: 'file:forge-deploy.svg', dark: 'file:forge-deploy.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle:
      '={{ { deploy: "deploy", update: "update", rollBack: "roll back", stop: "stop" }[$parameter.operation] }}',
    description: 'Put a model into service under a name, update it, undo that',
    defaults: { name: 'Forge Deploy' },
    usableAsTool: undefined,
    inputs: [NodeConnectionTypes.Main],
    outputs: doneAndFailedWhen('deploy', 'update', 'rollBack'),
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
            name: 'Deploy',
            value: 'deploy',
            action: 'Deploy a model',
            description: 'Waits until the model answers under its name',
          },
          {
            name: 'Roll Back',
            value: 'rollBack',
            action: 'Roll back a deployment',
            description: 'Lets the model that served before serve again',
          },
          {
            name: 'Stop',
            value: 'stop',
            action: 'Stop a deployment',
            description: 'Takes it out of service and frees its memory',
          },
          {
            name: 'Update',
            value: 'update',
            action: 'Update a deployment',
            description: 'Rolls out another model under the same name; the old one serves until the new one answers',
          },
        ],
        default: 'deploy',
      },
      ...rollOut.fields,
      ...stop.fields,
    ],
  }

  methods = { credentialTest: { forgeApiTest }, listSearch: { searchDeployments, searchTunedModels } }

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const operation = this.getNodeParameter('operation', 0) as string
    return operation === 'stop' ? [await stop.execute(this)] : await rollOut.execute(this, operation)
  }

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return await resume(this, 2, rollOut.present)
  }
}
