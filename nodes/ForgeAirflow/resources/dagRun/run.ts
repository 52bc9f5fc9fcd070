import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { Job } from '../../../shared/contract'
import { pairs } from '../../../shared/item-ranges'
import { forOperation } from '../../../shared/show'
import { waitForJobs, waitOptions } from '../../../shared/wait'
import type { WaitContext } from '../../../shared/wait-state'
import { itemWithVersion, withVersion } from '../../server-version'
import { dagJob, requestFields, runOptions } from './request'

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
      options: [...runOptions, ...waitOptions].sort((a, b) => a.displayName.localeCompare(b.displayName)),
    },
  ],
  'run',
)

/** Starts a run per item; the execution parks until all have ended. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[][]> => {
  const results = await withVersion(context, () =>
    waitForJobs(context, {
      outputs,
      present,
      jobs: () => context.getInputData().map((_, item) => ({ job: dagJob(context, item), items: [item] })),
    }),
  )
  return results.map((items, output) => (output === outputs - 1 ? items.map(itemWithVersion) : items))
}

/** A run that succeeded, with the results that were asked for by task and key. */
export const present = async (_: WaitContext, job: Job, items: number[]): Promise<INodeExecutionData[][]> => [
  [{ json: { ...resultFields(job), job_id: job.id }, pairedItem: pairs(items) }],
  [],
]

interface Result {
  xcoms?: { task_id: string; key: string; map_index: number; value: IDataObject }[]
}

/** What a run that succeeded gives; `xcoms.<task>.<key>`, a mapped task as `task[0]`. */
export const resultFields = (job: Job): IDataObject => {
  const { xcoms = [], ...result } = (job.result ?? {}) as Result & IDataObject
  const byTask: Record<string, IDataObject> = {}
  for (const { task_id: task, key, map_index: index, value } of xcoms) {
    const name = index >= 0 ? `${task}[${index}]` : task
    byTask[name] = { ...byTask[name], [key]: value }
  }
  return { ...result, xcoms: byTask }
}
