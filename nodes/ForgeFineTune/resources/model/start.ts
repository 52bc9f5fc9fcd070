import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { perItem } from '../../../shared/per-item'
import { forOperation } from '../../../shared/show'
import { start } from '../../../shared/start'
import { waitOptions } from '../../../shared/wait'
import { fineTuneJob, requestFields, trainingOptions } from './request'

export const fields: INodeProperties[] = forOperation(
  [
    ...requestFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [...trainingOptions, ...waitOptions.slice(0, 1)].sort((a, b) =>
        (a.displayName as string).localeCompare(b.displayName as string),
      ),
    },
  ],
  'start',
)

/** Starts a run per item and goes on at once; Forge (Job: Get) tells what became of it. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[]> =>
  await perItem(context, async (item) => await start(context, fineTuneJob(context, item), item))
