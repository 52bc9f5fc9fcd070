import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow'
import type { Job } from '../../../shared/contract'
import { choice } from '../../../shared/job-fields'
import { locator } from '../../../shared/locators'
import { perItem } from '../../../shared/per-item'
import { forOperation } from '../../../shared/show'
import { forge } from '../../../shared/transport'
import { resultFields } from './run'

/** A run that was started here is a job of Forge. */
export const dagRunField: INodeProperties = locator({
  displayName: 'DAG Run',
  name: 'dag_run',
  description: 'The run, by the ID of its job in Forge',
  search: 'searchDagRuns',
  placeholder: 'job_…',
  collection: 'jobs',
})

export const fields: INodeProperties[] = forOperation([dagRunField], 'get')

/** How a run is: its tasks while it goes on, its results or its error afterwards. */
export const simplifyRun = (job: Job): IDataObject => ({
  job_id: job.id,
  dag_id: (job.input as IDataObject).dag_id,
  status: job.status,
  status_reason: job.status_reason,
  url: job.progress?.url ?? null,
  tasks: (job.progress?.tasks ?? []) as IDataObject[],
  result: job.result === null ? null : resultFields(job),
  error: job.error,
  created_at: job.created_at,
  ended_at: job.ended_at,
})

export const pathOf = (context: IExecuteFunctions, item: number): string =>
  `/v1/jobs/${encodeURIComponent(choice(context, 'dag_run', 'DAG run', item))}`

export const execute = async (context: IExecuteFunctions): Promise<INodeExecutionData[]> =>
  await perItem(context, async (item) =>
    simplifyRun(await forge<Job>(context, { method: 'GET', path: pathOf(context, item), itemIndex: item })),
  )
