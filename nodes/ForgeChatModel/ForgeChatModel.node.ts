import type { INodeType, INodeTypeDescription, ISupplyDataFunctions, SupplyData } from 'n8n-workflow'
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow'
import { forgeApiTest } from '../shared/credential-test'
import { searchModels } from '../shared/listSearch/models'
import { modelLocator } from '../shared/locators'
import { baseUrl } from '../shared/transport'

type Sdk = typeof import('@n8n/ai-node-sdk')

interface Options {
  maxTokens?: number
  temperature?: number
  maxRetries?: number
  timeout?: number
}

/** The SDK is a preview and n8n's own: it is asked for when a model is needed, so that its absence breaks this node only. */
const loadSdk = (context: ISupplyDataFunctions): Sdk => {
  try {
    // `import()` would not look where n8n keeps it (NODE_PATH)
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('@n8n/ai-node-sdk') as Sdk
  } catch (error) {
    throw new NodeOperationError(context.getNode(), 'This n8n has no SDK for AI nodes', {
      description: `Forge Chat Model needs n8n 2.41 or newer; the other Forge nodes work. (${(error as Error).message})`,
    })
  }
}

export class ForgeChatModel implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Forge Chat Model',
    name: 'forgeChatModel',
    icon: { light: 'file:forge-chat-model.svg', dark: 'file:forge-chat-model.dark.svg' },
    group: ['transform'],
    version: [1],
    defaultVersion: 1,
    subtitle: '={{ $parameter.model.cachedResultName || $parameter.model.value }}',
    description: 'A model of your own Forge server for agents and chains',
    defaults: { name: 'Forge Chat Model' },
    usableAsTool: undefined,
    inputs: [],
    outputs: [NodeConnectionTypes.AiLanguageModel],
    outputNames: ['Model'],
    credentials: [{ name: 'forgeApi', required: true, testedBy: 'forgeApiTest' }],
    properties: [
      modelLocator(),
      {
        displayName: 'Options',
        name: 'options',
        type: 'collection',
        placeholder: 'Add option',
        default: {},
        options: [
          {
            displayName: 'Maximum Retries',
            name: 'maxRetries',
            type: 'number',
            typeOptions: { minValue: 0, maxValue: 10 },
            default: 2,
            description: 'How often a call is repeated that the server was too busy for',
          },
          {
            displayName: 'Maximum Tokens',
            name: 'maxTokens',
            type: 'number',
            typeOptions: { minValue: 1 },
            default: 512,
            description: 'Each answer ends there at the latest',
          },
          {
            displayName: 'Temperature',
            name: 'temperature',
            type: 'number',
            typeOptions: { minValue: 0, maxValue: 2, numberPrecision: 2 },
            default: 0,
            description: '0 always takes the likeliest word; higher values vary more',
          },
          {
            displayName: 'Timeout',
            name: 'timeout',
            type: 'number',
            typeOptions: { minValue: 1000 },
            default: 300_000,
            description: 'Longest time for one answer, in milliseconds',
          },
        ],
      },
    ],
  }

  methods = { credentialTest: { forgeApiTest }, listSearch: { searchModels } }

  async supplyData(this: ISupplyDataFunctions, itemIndex: number): Promise<SupplyData> {
    const { apiKey } = await this.getCredentials<{ apiKey: string }>('forgeApi')
    const model = this.getNodeParameter('model', itemIndex, '', { extractValue: true }) as string
    const options = this.getNodeParameter('options', itemIndex, {}) as Options
    return loadSdk(this).supplyModel(this, {
      type: 'openai',
      baseUrl: `${await baseUrl(this)}/v1`,
      apiKey: apiKey.trim(),
      model,
      maxRetries: options.maxRetries ?? 2,
      maxTokens: options.maxTokens ?? 512,
      temperature: options.temperature ?? 0,
      timeout: options.timeout ?? 300_000,
    })
  }
}
