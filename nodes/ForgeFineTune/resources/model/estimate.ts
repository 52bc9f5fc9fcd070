import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { perItem } from '../../../shared/per-item'
import { forOperation } from '../../../shared/show'
import { forge } from '../../../shared/transport'
import { fineTuneJob, requestFields } from './request'

export const fields: INodeProperties[] = forOperation(requestFields, 'estimate')

/** Time, memory, energy and cost of a run, before anything is started. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[]> =>
  await perItem(
    context,
    async (item) =>
      await forge<IDataObject>(context, {
        method: 'POST',
        path: '/v1/jobs/estimate',
        body: fineTuneJob(context, item),
        itemIndex: item,
      }),
  )
