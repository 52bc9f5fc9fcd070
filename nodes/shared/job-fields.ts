import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import type { JobOptions } from './contract'

/** What can be said about any job, whatever it does: entries of a node's "Options". */
export const jobOptionFields: INodeProperties[] = [
  {
    displayName: 'Priority',
    name: 'priority',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 9 },
    default: 5,
    description: '1 runs first, 9 last',
  },
  {
    displayName: 'Time Limit',
    name: 'timeout_s',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: 86_400,
    description: 'Longest running time of the job in seconds, all attempts together',
  },
]

/** The job options that an item asks for. */
export const jobOptionsOf = (context: IExecuteFunctions, item: number): JobOptions => {
  const { priority, timeout_s: timeout } = context.getNodeParameter('options', item, {}) as JobOptions
  return {
    origin: { system: 'n8n', url: null },
    ...(priority === undefined ? {} : { priority }),
    ...(timeout === undefined ? {} : { timeout_s: timeout }),
  }
}

/** The chosen entry of a locator, or null when it is empty. */
export const optionalChoice = (context: IExecuteFunctions, name: string, item: number): string | null => {
  const value = String(context.getNodeParameter(name, item, '', { extractValue: true }) ?? '').trim()
  return value === '' ? null : value
}

/** The chosen entry of a locator. Throws with the field's name when nothing is chosen. */
export const choice = (context: IExecuteFunctions, name: string, what: string, item: number): string => {
  const value = optionalChoice(context, name, item)
  if (value !== null) return value
  throw new NodeOperationError(context.getNode(), `No ${what} is chosen`, {
    description:
      'Choose one from the list, or give its ID; if an expression stands there, its field is missing in this item.',
    itemIndex: item,
  })
}
