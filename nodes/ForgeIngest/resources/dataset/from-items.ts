import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import type { JobInput } from '../../../shared/contract'
import { jobOptionsOf } from '../../../shared/job-fields'
import { doneAndFailed } from '../../../shared/outputs'
import { forOperation } from '../../../shared/show'
import { uploadRows } from '../../../shared/upload'
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

const mostRowsInTheCall = 1_000

export const fields: INodeProperties[] = forOperation(
  [
    nameField,
    {
      displayName: 'Rows',
      name: 'rows',
      type: 'options',
      noDataExpression: true,
      options: [
        { name: 'Messages', value: 'messages', description: 'A whole conversation per item' },
        {
          name: 'Prompt and Completion',
          value: 'pairs',
          description: 'What is asked and what shall be answered, per item',
        },
        { name: 'The Items as They Are', value: 'items', description: 'Each item is a row of a known format' },
      ],
      default: 'pairs',
      description: 'How an item becomes a row to learn from',
    },
    {
      displayName: 'Prompt',
      name: 'prompt',
      type: 'string',
      typeOptions: { rows: 3 },
      default: '',
      required: true,
      placeholder: 'e.g. Write the shop text for {{ $json.title }}',
      description: 'What the model will be asked',
      displayOptions: { show: { rows: ['pairs'] } },
    },
    {
      displayName: 'Completion',
      name: 'completion',
      type: 'string',
      typeOptions: { rows: 3 },
      default: '',
      required: true,
      placeholder: 'e.g. {{ $json.description }}',
      description: 'What the model shall learn to answer',
      displayOptions: { show: { rows: ['pairs'] } },
    },
    {
      displayName: 'System Message',
      name: 'system',
      type: 'string',
      typeOptions: { rows: 2 },
      default: '',
      description: 'What the model shall be; use the same one when you ask it later. Empty: none.',
      displayOptions: { show: { rows: ['pairs'] } },
    },
    {
      displayName: 'Messages',
      name: 'messages',
      type: 'json',
      default:
        '=[\n  { "role": "user", "content": {{ JSON.stringify($json.question) }} },\n  { "role": "assistant", "content": {{ JSON.stringify($json.answer) }} }\n]',
      required: true,
      description: 'A list of role and content, the answer to learn last',
      displayOptions: { show: { rows: ['messages'] } },
    },
    { ...formatField, displayOptions: { show: { rows: ['items'] } } },
    ...templateFields.map((field) => ({
      ...field,
      displayOptions: { show: { rows: ['items'], format: ['mapping'] } },
    })),
    optionsField,
  ],
  'fromItems',
)

/** One dataset of all items; the execution parks until it is there. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[][]> =>
  await waitForJobs(context, { outputs: doneAndFailed.length, present, jobs: async () => [await ingestJob(context)] })

const ingestJob = async (context: IExecuteFunctions): Promise<WaitingJob> => {
  const kind = context.getNodeParameter('rows', 0) as string
  const rows = context.getInputData().map(({ json }, item) => rowOf(context, kind, json, item))
  const source: JobInput<'ingest'>['source'] =
    rows.length > mostRowsInTheCall
      ? { type: 'files', file_ids: [await uploadRows(context, rows)] }
      : { type: 'rows', rows: rows as never[] }
  const format = kind === 'items' ? String(context.getNodeParameter('format', 0, 'auto')) : 'openai-chat'
  const input = {
    name: datasetNameOf(context),
    source,
    ...appendOf(context),
    options: ingestOptionsOf(context, format),
  }
  return { job: { kind: 'ingest', input, job: jobOptionsOf(context, 0) }, items: rows.map((_, item) => item) }
}

const rowOf = (context: IExecuteFunctions, kind: string, json: IDataObject, item: number): unknown => {
  if (kind === 'items') return json
  if (kind === 'messages') return { messages: messagesOf(context, item) }
  const text = (name: string): string => String(context.getNodeParameter(name, item, '') ?? '')
  const system = text('system')
  return {
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: text('prompt') },
      { role: 'assistant', content: text('completion') },
    ],
  }
}

const messagesOf = (context: IExecuteFunctions, item: number): unknown[] => {
  const value = context.getNodeParameter('messages', item)
  let messages: unknown = value
  try {
    if (typeof value === 'string') messages = JSON.parse(value)
  } catch (error) {
    throw new NodeOperationError(context.getNode(), `Messages is not valid JSON: ${(error as Error).message}`, {
      description: 'Put texts in with {{ JSON.stringify($json.field) }}, which also puts them in quotes.',
      itemIndex: item,
    })
  }
  if (Array.isArray(messages)) return messages
  throw new NodeOperationError(context.getNode(), 'Messages must be a JSON list of role and content', {
    itemIndex: item,
  })
}
