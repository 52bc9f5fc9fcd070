import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import { jobOptionsOf } from '../../../shared/job-fields'
import { doneAndFailed } from '../../../shared/outputs'
import { forOperation } from '../../../shared/show'
import { uploadBinary } from '../../../shared/upload'
import { waitForJobs, type WaitingJob } from '../../../shared/wait'
import {
  appendOf,
  datasetNameOf,
  formatField,
  ingestOptionsOf,
  nameField,
  optionsField,
  templateFields,
} from './options'
import { present } from './present'

export const fields: INodeProperties[] = forOperation(
  [
    nameField,
    {
      displayName: 'Input Binary Field',
      name: 'binary_field',
      type: 'string',
      default: 'data',
      required: true,
      hint: 'The name of the input field containing the file to be read',
      description: 'Each item brings one CSV or JSONL file; all of them make one dataset',
    },
    formatField,
    ...templateFields,
    optionsField,
  ],
  'fromFiles',
)

/** One dataset of the files of all items; the execution parks until it is there. */
export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[][]> =>
  await waitForJobs(context, { outputs: doneAndFailed.length, present, jobs: async () => [await ingestJob(context)] })

const ingestJob = async (context: IExecuteFunctions): Promise<WaitingJob> => {
  const name = datasetNameOf(context)
  const items = context.getInputData().map((_, item) => item)
  const fileIds: string[] = []
  // one after the other: a file may be large, and only one stream at a time keeps memory flat
  for (const item of items) {
    fileIds.push(await uploadBinary(context, item, context.getNodeParameter('binary_field', item) as string))
  }
  const options = ingestOptionsOf(context, String(context.getNodeParameter('format', 0, 'auto')))
  const input = { name, source: { type: 'files' as const, file_ids: fileIds }, ...appendOf(context), options }
  return { job: { kind: 'ingest', input, job: jobOptionsOf(context, 0) }, items }
}
