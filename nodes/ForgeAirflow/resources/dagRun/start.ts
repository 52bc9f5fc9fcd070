import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { perItem } from '../../../shared/per-item'
import { forOperation } from '../../../shared/show'
import { start } from '../../../shared/start'
import { waitOptions } from '../../../shared/wait'
import { withVersion } from '../../server-version'
import { dagJob, requestFields, runOptions } from './request'

export const fields: INodeProperties[] = forOperation(
  [
    ...requestFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [...runOptions, ...waitOptions.slice(0, 1)].sort((a, b) => a.displayName.localeCompare(b.displayName)),
    },
  ],
  'start',
)

/** Starts a run per item and goes on at once; Get tells what became of it. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[]> =>
  await perItem(context, async (item) => withVersion(context, () => start(context, dagJob(context, item), item)))
