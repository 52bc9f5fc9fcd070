import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import type { GenerationRow, Job, Reply } from '../../../shared/contract'
import { failedItem, thrownItem } from '../../../shared/errors'
import { jobOptionFields, jobOptionsOf } from '../../../shared/job-fields'
import type { WaitContext } from '../../../shared/wait-state'
import { forOperation } from '../../../shared/show'
import { forge } from '../../../shared/transport'
import { waitForJobs, waitOptions, type WaitingJob } from '../../../shared/wait'
import { answerFields, promptFields, promptOf } from './prompt'

const itemsPerJob = 5_000
const outputs = 2

export const fields: INodeProperties[] = forOperation(
  [
    ...promptFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [
        ...waitOptions.slice(0, 1),
        {
          displayName: 'Maximum Tokens',
          name: 'max_tokens',
          type: 'number',
          typeOptions: { minValue: 1, maxValue: 4096 },
          default: 256,
          description: 'Each answer ends there at the latest',
        },
        ...jobOptionFields.slice(0, 1),
        {
          displayName: 'Temperature',
          name: 'temperature',
          type: 'number',
          typeOptions: { minValue: 0, maxValue: 2, numberPrecision: 2 },
          default: 0,
          description: '0 always takes the likeliest word; higher values vary more',
        },
        ...jobOptionFields.slice(1),
        ...waitOptions.slice(1),
      ],
    },
  ],
  'batch',
)

/** All items as a few jobs; the execution parks until they have ended. Model and format are those of the first item. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[][]> =>
  await waitForJobs(context, { outputs, present, jobs: () => batchJobs(context) })

const batchJobs = (context: IExecuteFunctions): WaitingJob[] => {
  const prompts = context.getInputData().map((_, item) => promptOf(context, item))
  const [first] = prompts
  if (first === undefined) return []
  const other = prompts.findIndex(({ model }) => model !== first.model)
  if (other >= 0) {
    throw new NodeOperationError(
      context.getNode(),
      `A batch asks one model, but this item names ${prompts[other]?.model}`,
      {
        description: `The first item names ${first.model}. Use "Generate Text", or one batch per model.`,
        itemIndex: other,
      },
    )
  }
  const { max_tokens: maxTokens = 256, temperature = 0 } = context.getNodeParameter('options', 0, {}) as {
    max_tokens?: number
    temperature?: number
  }
  const jobs: WaitingJob[] = []
  for (let from = 0; from < prompts.length; from += itemsPerJob) {
    const part = prompts.slice(from, from + itemsPerJob)
    jobs.push({
      items: part.map((_, offset) => from + offset),
      job: {
        kind: 'generate',
        input: {
          model: first.model,
          max_tokens: maxTokens,
          temperature,
          response_format: first.responseFormat,
          source: {
            type: 'items',
            items: part.map(({ messages }, offset) => ({ messages, metadata: { n8n_item: from + offset } })),
          },
        },
        job: jobOptionsOf(context, 0),
      },
    })
  }
  return jobs
}

/** The rows of a generation that ended, each paired with its item; rows with an error leave by Failed. */
export const present = async (context: WaitContext, job: Job): Promise<INodeExecutionData[][]> => {
  const { rows } = await forge<Reply<'getGeneration'>>(context, {
    method: 'GET',
    path: `/v1/generations/${encodeURIComponent(job.id)}`,
  })
  const structured = (job.input as IDataObject).response_format !== null
  const done: INodeExecutionData[] = []
  const failed: INodeExecutionData[] = []
  for (const row of rows ?? []) {
    const item = Number(row.metadata.n8n_item ?? row.index)
    if (row.error !== null)
      failed.push(failedItem({ message: row.error.message, details: problem(row, job) }, { item }))
    else {
      try {
        done.push({ json: textOf(context, row, item, structured), pairedItem: { item } })
      } catch (error) {
        failed.push(thrownItem(error, item))
      }
    }
  }
  return [done, failed]
}

const textOf = (context: WaitContext, row: GenerationRow, item: number, structured: boolean): IDataObject => ({
  ...answerFields(context.getNode(), item, row.text ?? '', structured),
  prompt_tokens: row.usage?.prompt_tokens ?? null,
  completion_tokens: row.usage?.completion_tokens ?? null,
})

const problem = ({ error, index }: GenerationRow, job: Job): IDataObject => ({
  code: error?.code ?? null,
  hint: error?.hint ?? null,
  retryable: error?.retryable ?? null,
  job_id: job.id,
  row: index,
})
