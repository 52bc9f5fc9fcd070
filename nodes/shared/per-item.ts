import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow'
import { nodeError, thrownItem } from './errors'

/** Does an operation for each item in turn; with "Continue", what fails becomes an item with the error. */
export const perItem = async (
  context: IExecuteFunctions,
  work: (item: number) => Promise<IDataObject | IDataObject[]>,
): Promise<INodeExecutionData[]> => {
  const made: INodeExecutionData[] = []
  for (let item = 0; item < context.getInputData().length; item++) {
    try {
      made.push(...[await work(item)].flat().map((json) => ({ json, pairedItem: { item } })))
    } catch (error) {
      if (!context.continueOnFail()) throw nodeError(context.getNode(), error, item)
      made.push(thrownItem(error, item))
    }
  }
  return made
}
