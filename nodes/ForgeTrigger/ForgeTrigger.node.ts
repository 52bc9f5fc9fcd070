import type {
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow'
import { NodeConnectionTypes, sleep } from 'n8n-workflow'
import { forgeApiTest } from '../shared/credential-test'
import { createEndpoint, deleteEndpoint, endpointExists, sendSample } from './endpoints'
import { receive } from './receive'

// n8n stores the secret of a test endpoint only after it was created
const sampleAfterMs = 500

export class ForgeTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Trigger',
    name: 'forgeTrigger',
    icon: { light: 'file:forge-trigger.svg', dark: 'file:forge-trigger.dark.svg' },
    group: ['trigger'],
    version: [1],
    defaultVersion: 1,
    subtitle: '={{ $parameter.events.join(", ") }}',
    description: 'Starts the workflow when something happens on the Forge server',
    defaults: { name: 'Forge Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'forgeApi', required: true, testedBy: 'forgeApiTest' }],
    webhooks: [
      {
        name: 'default',
        httpMethod: 'POST',
        responseMode: 'onReceived',
        responseData: '',
        path: 'webhook',
        rawBody: true,
      },
    ] as INodeTypeDescription['webhooks'],
    properties: [
      {
        displayName: 'Events',
        name: 'events',
        type: 'multiOptions',
        required: true,
        options: [
          { name: 'Approval Approved', value: 'approval.approved', description: 'A person let a deployment go on' },
          { name: 'Approval Expired', value: 'approval.expired', description: 'Nobody decided about a deployment' },
          { name: 'Approval Rejected', value: 'approval.rejected', description: 'A person cancelled a deployment' },
          { name: 'Approval Requested', value: 'approval.requested', description: 'A deployment waits for a person' },
          {
            name: 'Budget Exceeded',
            value: 'budget.exceeded',
            description: 'New jobs are refused until the month ends',
          },
          {
            name: 'Budget Warning',
            value: 'budget.warning',
            description: 'The share of the budget to be warned at is used',
          },
          {
            name: 'Dataset Version Created',
            value: 'dataset.version_created',
            description: 'A dataset has a new version',
          },
          { name: 'Deployment Failed', value: 'deployment.failed', description: 'What served before still does' },
          { name: 'Deployment Ready', value: 'deployment.ready', description: 'A model answers under a name' },
          { name: 'Evaluation Completed', value: 'evaluation.completed', description: 'An evaluation has a verdict' },
          { name: 'Job Cancelled', value: 'job.cancelled', description: 'A job was cancelled' },
          { name: 'Job Failed', value: 'job.failed', description: 'A job ended with an error' },
          { name: 'Job Group Ended', value: 'job_group.ended', description: 'The last job of a group ended' },
          { name: 'Job Succeeded', value: 'job.succeeded', description: 'A job ended well' },
          { name: 'Model Created', value: 'model.created', description: 'A fine-tuning run made a model' },
        ],
        default: ['job.succeeded', 'job.failed'],
        description: 'What starts the workflow; the item names what happened, look it up with the node Forge',
      },
    ],
  }

  methods = { credentialTest: { forgeApiTest } }

  webhookMethods = {
    default: {
      async checkExists(this: IHookFunctions): Promise<boolean> {
        return await endpointExists(this)
      },
      async create(this: IHookFunctions): Promise<boolean> {
        const id = await createEndpoint(this)
        if (this.getActivationMode() === 'manual') {
          sleep(sampleAfterMs)
            .then(() => sendSample(this, id))
            .catch((error: Error) => this.logger.warn(`No sample event came: ${error.message}`))
        }
        return true
      },
      async delete(this: IHookFunctions): Promise<boolean> {
        await deleteEndpoint(this)
        return true
      },
    },
  }

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    return receive(this)
  }
}
