import type { IDataObject } from 'n8n-workflow'
import type { Reply } from '../../shared/contract'
import { forge } from '../../shared/transport'
import type { Operation, Resource } from './operation'

const query: Operation = {
  name: 'Get',
  value: 'get',
  action: 'Get energy and cost',
  description: 'Energy, cost, emissions and tokens, by day, model, job or kind of job',
  reads: true,
  fields: [
    {
      displayName: 'Group By',
      name: 'group_by',
      type: 'options',
      options: [
        { name: 'Day', value: 'day' },
        { name: 'Deployment', value: 'deployment' },
        { name: 'Job', value: 'job' },
        { name: 'Kind of Job', value: 'kind' },
        { name: 'Model', value: 'model' },
      ],
      default: 'day',
      description: 'One item for each of these',
    },
    {
      displayName: 'Since',
      name: 'since',
      type: 'dateTime',
      default: '',
      description: 'What was used from then on; empty: from the beginning',
    },
    {
      displayName: 'Until',
      name: 'until',
      type: 'dateTime',
      default: '',
      description: 'What was used before; empty: until now',
    },
  ],
  run: async (context, item) => {
    const time = (name: string): string | undefined => {
      const value = context.getNodeParameter(name, item, '') as string
      return value === '' ? undefined : new Date(value).toISOString()
    }
    const [since, until] = [time('since'), time('until')]
    const { rows } = await forge<Reply<'getUsage'>>(context, {
      method: 'GET',
      path: '/v1/usage',
      query: {
        group_by: context.getNodeParameter('group_by', item) as string,
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
      },
      itemIndex: item,
    })
    return rows.map(({ key, usage }): IDataObject => ({ key, ...usage }))
  },
}

export const usageResource: Resource = { name: 'Usage', value: 'usage', operations: [query] }
