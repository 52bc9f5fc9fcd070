import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { Job } from '../../../shared/contract'
import { usageFields } from '../../../shared/energy'
import { pairs } from '../../../shared/item-ranges'
import type { WaitContext } from '../../../shared/wait-state'
import { forOperation } from '../../../shared/show'
import { waitForJobs, waitOptions } from '../../../shared/wait'
import { fineTuneJob, requestFields, trainingOptions } from './request'

const outputs = 2

export const fields: INodeProperties[] = forOperation(
  [
    ...requestFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [...trainingOptions, ...waitOptions],
    },
  ],
  'run',
)

/** Starts a run per item; the execution parks until all have ended. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[][]> =>
  await waitForJobs(context, {
    outputs,
    present,
    jobs: () => context.getInputData().map((_, item) => ({ job: fineTuneJob(context, item), items: [item] })),
  })

/** The model that a run made, with what it took. */
export const present = async (_: WaitContext, job: Job, items: number[]): Promise<INodeExecutionData[][]> => {
  const result = (job.result ?? {}) as IDataObject
  const json: IDataObject = {
    model_id: result.model_id,
    model_name: result.name,
    base_model: (job.input as IDataObject).base_model,
    trained_tokens: result.trained_tokens,
    metrics: result.metrics,
    seconds: seconds(job),
    ...usageFields(job.usage),
    job_id: job.id,
  }
  return [[{ json, pairedItem: pairs(items) }], []]
}

const seconds = ({ started_at: from, ended_at: to }: Job): number | null =>
  from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000
