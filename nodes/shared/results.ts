import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import type { Job } from './contract'
import { failedItem, jobProblem } from './errors'
import { groupMembers } from './groups'
import { expand, pairs } from './item-ranges'
import { asFileWhenLarge } from './large-results'
import type { WaitContext } from './wait-state'

/** What a job that succeeded gives: items for the outputs, failed ones last. */
export type Present = (context: WaitContext, job: Job, items: number[]) => Promise<INodeExecutionData[][]>

/** The results of a group that ended, sorted into the outputs; what failed leaves by the last one. */
export const readResults = async (
  context: WaitContext,
  groupId: string,
  outputs: number,
  present: Present,
): Promise<INodeExecutionData[][]> => {
  const results: INodeExecutionData[][] = Array.from({ length: outputs }, () => [])
  for (const { job } of await groupMembers(context, groupId)) {
    const items = expand(job.metadata.n8n_items)
    if (job.status !== 'succeeded') {
      results.at(-1)?.push(failedItem(jobProblem(job), pairs(items)))
      continue
    }
    const made = await present(context, job, items)
    made.forEach((each, output) => results[output]?.push(...each))
  }
  return results
}

/** The results for the node's outputs. With "Stop workflow", anything that failed is thrown. */
export const takeResults = async (
  context: IExecuteFunctions,
  groupId: string,
  outputs: number,
  present: Present,
): Promise<INodeExecutionData[][]> => {
  const results = await readResults(context, groupId, outputs, present)
  const [failed, ...others] = results.at(-1) ?? []
  if (failed !== undefined && !context.continueOnFail()) throw stopped(context, failed, others.length)
  return await asFileWhenLarge(context, results)
}

const stopped = (
  context: IExecuteFunctions,
  { json, pairedItem }: INodeExecutionData,
  others: number,
): NodeOperationError => {
  const { hint, description, job_id: jobId } = (json.details ?? {}) as IDataObject
  const itemIndex = typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : undefined
  return new NodeOperationError(context.getNode(), String(json.message), {
    description: [
      hint ?? description,
      jobId ? `(job ${String(jobId)})` : null,
      others > 0 ? `${others} more failed.` : null,
      'To go on with what succeeded, set On Error to Continue: what failed then leaves by Failed.',
    ]
      .filter(Boolean)
      .join(' '),
    ...(itemIndex === undefined ? {} : { itemIndex }),
  })
}
