import type { IDataObject, INodeProperties } from 'n8n-workflow'
import type { Job } from '../../shared/contract'
import { usageFields } from '../../shared/energy'
import { locator } from '../../shared/locators'
import { act, get, getMany, type Resource } from './operation'

const path = '/v1/jobs'

export const jobField: INodeProperties = locator({
  displayName: 'Job',
  name: 'job',
  description: 'The job, by its ID',
  search: 'searchJobs',
  placeholder: 'job_…',
  collection: 'jobs',
})

export const simplifyJob = ({ id, kind, status, ...job }: Job): IDataObject => ({
  job_id: id,
  kind,
  status,
  status_reason: job.status_reason,
  progress: job.progress,
  result: job.result,
  error: job.error,
  ...usageFields(job.usage),
  created_at: job.created_at,
  started_at: job.started_at,
  ended_at: job.ended_at,
})

const filters: INodeProperties[] = [
  {
    displayName: 'Kind',
    name: 'kind',
    type: 'options',
    options: [
      { name: 'Airflow DAG', value: 'airflow-dag' },
      { name: 'Deploy', value: 'deploy' },
      { name: 'Evaluate', value: 'evaluate' },
      { name: 'Fine-Tune', value: 'fine-tune' },
      { name: 'Generate', value: 'generate' },
      { name: 'Ingest', value: 'ingest' },
      { name: 'Recipe', value: 'recipe' },
    ],
    default: 'fine-tune',
  },
  {
    displayName: 'Status',
    name: 'status',
    type: 'options',
    options: [
      { name: 'Awaiting Approval', value: 'awaiting_approval' },
      { name: 'Blocked', value: 'blocked' },
      { name: 'Cancelled', value: 'cancelled' },
      { name: 'Failed', value: 'failed' },
      { name: 'Paused', value: 'paused' },
      { name: 'Pausing', value: 'pausing' },
      { name: 'Queued', value: 'queued' },
      { name: 'Running', value: 'running' },
      { name: 'Succeeded', value: 'succeeded' },
    ],
    default: 'running',
  },
]

const one = { path, field: jobField, simplify: simplifyJob }

export const jobResource: Resource = {
  name: 'Job',
  value: 'job',
  operations: [
    get({ ...one, action: 'Get a job', description: 'Status, progress, result, energy and cost of a job' }),
    getMany({
      path,
      simplify: simplifyJob,
      filters,
      action: 'Get many jobs',
      description: 'Jobs of every kind, newest first',
    }),
    act({
      ...one,
      name: 'Cancel',
      value: 'cancel',
      method: 'POST',
      verb: '/cancel',
      action: 'Cancel a job',
      description: 'Frees its device; what it made up to then is kept as a checkpoint',
    }),
    act({
      ...one,
      name: 'Retry',
      value: 'retry',
      method: 'POST',
      verb: '/retry',
      action: 'Retry a job',
      description: 'Starts a new job like one that failed or was cancelled',
    }),
  ],
}
