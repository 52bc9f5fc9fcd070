import type { IDataObject, IExecuteFunctions } from 'n8n-workflow'
import type { CreateJob, Job } from './contract'
import { forge } from './transport'
import { idempotencyKeyOf, onExistingOf, originOf } from './wait'

/** Starts a job and does not wait for it. A retry of the node finds the job that it started. */
export const start = async (context: IExecuteFunctions, job: CreateJob, item: number): Promise<IDataObject> => {
  const started = await forge<Job>(context, {
    method: 'POST',
    path: '/v1/jobs',
    body: { ...job, job: { ...job.job, ...originOf(context, [item]), on_existing: onExistingOf(context, item) } },
    idempotencyKey: idempotencyKeyOf(context, item),
    itemIndex: item,
  })
  const { id, kind, status, created_at: createdAt } = started
  return { job_id: id, kind, status, created_at: createdAt }
}
