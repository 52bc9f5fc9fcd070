import type { INodeExecutionData } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import { nodeError } from '../shared/errors'
import type { ForgeContext } from '../shared/transport'

/** The first version of the Forge server that runs DAGs. */
const needed = '0.1.0'
const message = `This Forge server cannot run DAGs: Forge Airflow needs version ${needed} or later`
const description = 'Update the Forge server, or take the version of n8n-nodes-forge that belongs to it.'

/** What a server says that does not know the calls, or the kind of job. */
const isTooOld = (text: string): boolean =>
  /^There is no [A-Z]+ \/v1\/airflow\//.test(text) || /^(jobs\.\d+\.)?kind: /.test(text)

/** Says which server is needed where the one that is there does not know DAGs. */
export const withVersion = async <T>(context: ForgeContext, call: () => Promise<T>): Promise<T> => {
  try {
    return await call()
  } catch (error) {
    if (isTooOld((error as Error).message)) throw new NodeOperationError(context.getNode(), message, { description })
    throw nodeError(context.getNode(), error)
  }
}

/** The same for items that hold what went wrong. */
export const itemWithVersion = (item: INodeExecutionData): INodeExecutionData =>
  isTooOld(String(item.json.error ?? '')) ? { ...item, json: { ...item.json, error: message, message } } : item
