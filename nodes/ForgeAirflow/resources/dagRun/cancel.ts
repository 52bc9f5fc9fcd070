import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { Job } from '../../../shared/contract'
import { perItem } from '../../../shared/per-item'
import { forOperation } from '../../../shared/show'
import { forge } from '../../../shared/transport'
import { dagRunField, pathOf, simplifyRun } from './get'

export const fields: INodeProperties[] = forOperation([dagRunField], 'cancel')

/** Cancels the job; Forge then ends the run in Airflow as failed. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[]> =>
  await perItem(context, async (item) =>
    simplifyRun(
      await forge<Job>(context, { method: 'POST', path: `${pathOf(context, item)}/cancel`, itemIndex: item }),
    ),
  )
