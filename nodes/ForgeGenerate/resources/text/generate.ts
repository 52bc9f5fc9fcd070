import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { Reply } from '../../../shared/contract'
import { nodeError, thrownItem } from '../../../shared/errors'
import { inParallel } from '../../../shared/parallel'
import { forOperation } from '../../../shared/show'
import { forge } from '../../../shared/transport'
import { attachmentOptions, withAttachments } from './attachments'
import { answerFields, promptFields, promptOf } from './prompt'

const options: INodeProperties = {
  displayName: 'Options',
  name: 'options',
  type: 'collection',
  placeholder: 'Add option',
  default: {},
  options: [
    ...attachmentOptions,
    {
      displayName: 'Maximum Tokens',
      name: 'max_tokens',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 256,
      description: 'The answer ends there at the latest',
    },
    {
      displayName: 'Requests at Once',
      name: 'concurrency',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 64 },
      default: 8,
      description: 'How many items are asked at the same time; more than the engine takes wait there',
    },
    {
      displayName: 'Seed',
      name: 'seed',
      type: 'number',
      default: 42,
      description: 'The same seed gives the same answer above temperature 0, where the engine knows it',
    },
    {
      displayName: 'Stop Text',
      name: 'stop',
      type: 'string',
      default: '',
      description: 'The answer ends before this text',
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
      name: 'timeout_s',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 300,
      description: 'Longest time for one answer, in seconds',
    },
  ],
}

export const fields = forOperation(
  [
    ...promptFields,
    {
      displayName: 'Simplify',
      name: 'simple',
      type: 'boolean',
      default: true,
      description: 'Whether to return a simplified version of the response instead of the raw data',
    },
    options,
  ],
  'generate',
)

interface Options {
  max_tokens?: number
  temperature?: number
  seed?: number
  stop?: string
  timeout_s?: number
}
type Completion = Reply<'createChatCompletion'>

/** One answer per item, in the order of the items, several asked at once. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[]> => {
  const count = context.getInputData().length
  const concurrency = Number(context.getNodeParameter('options.concurrency', 0, 8))
  return await inParallel(count, concurrency, async (item) => {
    try {
      return { json: await answer(context, item), pairedItem: { item } }
    } catch (error) {
      if (context.continueOnFail()) return thrownItem(error, item)
      throw nodeError(context.getNode(), error, item)
    }
  })
}

const answer = async (context: IExecuteFunctions, item: number): Promise<IDataObject> => {
  const { model, messages, responseFormat } = promptOf(context, item)
  const user = messages.at(-1)?.content ?? ''
  const options = context.getNodeParameter('options', item, {}) as Options
  const completion = await forge<Completion>(context, {
    method: 'POST',
    path: '/v1/chat/completions',
    itemIndex: item,
    timeoutMs: (options.timeout_s ?? 300) * 1000,
    body: {
      model,
      messages: [...messages.slice(0, -1), { role: 'user', content: await withAttachments(context, item, user) }],
      max_tokens: options.max_tokens ?? 256,
      temperature: options.temperature ?? 0,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.stop ? { stop: options.stop } : {}),
      ...(responseFormat === null ? {} : { response_format: responseFormat }),
    },
  })
  if (context.getNodeParameter('simple', item, true) !== true) return completion as IDataObject
  const [choice] = completion.choices
  return {
    ...answerFields(context.getNode(), item, choice?.message.content ?? '', responseFormat !== null),
    finish_reason: choice?.finish_reason ?? null,
    model: completion.model,
    prompt_tokens: completion.usage.prompt_tokens,
    completion_tokens: completion.usage.completion_tokens,
  }
}
