import type { IDataObject, INode } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'

/** The object in a JSON field, which holds text, or an object when an expression made it. */
export const jsonObject = (node: INode, value: unknown, field: string, itemIndex: number): IDataObject => {
  const given = typeof value === 'string' ? parse(node, value, field, itemIndex) : value
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as IDataObject
  throw new NodeOperationError(node, `${field} must be a JSON object, not ${shown(given)}`, { itemIndex })
}

const parse = (node: INode, text: string, field: string, itemIndex: number): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new NodeOperationError(node, `${field} is not valid JSON: ${(error as Error).message}`, {
      description: 'Names and texts stand in double quotes; there is no comma after the last entry.',
      itemIndex,
    })
  }
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing'
