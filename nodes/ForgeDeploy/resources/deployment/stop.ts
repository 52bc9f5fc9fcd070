import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { Deployment } from '../../../shared/contract'
import { choice } from '../../../shared/job-fields'
import { perItem } from '../../../shared/per-item'
import { forOperation } from '../../../shared/show'
import { forge } from '../../../shared/transport'
import { deploymentField, deploymentFields } from './roll-out'

export const fields: INodeProperties[] = forOperation([deploymentField], 'stop')

/** Takes a deployment out of service; its history stays, and deploying again starts it again. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[]> =>
  await perItem(context, async (item) =>
    deploymentFields(
      await forge<Deployment>(context, {
        method: 'DELETE',
        path: `/v1/deployments/${encodeURIComponent(choice(context, 'deployment', 'deployment', item))}`,
        itemIndex: item,
      }),
    ),
  )
