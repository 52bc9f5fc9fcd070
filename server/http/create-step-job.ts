import type { CreateJob } from '../contract/create-job'
import type { Job } from '../contract/jobs'
import { startJob } from '../jobs/start-job'
import { getJob } from '../jobs/view'
import type { Ports } from './ports'
import type { Call } from './register'
import type { Route } from '../contract/route'

/** Starts a job for a step resource (`POST /v1/datasets` …): the same job that `POST /v1/jobs` makes. */
export const createStepJob = async (
  { db, models, prices }: Ports,
  { caller, idempotency }: Pick<Call<Route>, 'caller' | 'idempotency'>,
  request: CreateJob,
): Promise<Job> =>
  await getJob(
    db,
    await startJob(db, caller.projectId, request, idempotency, models),
    caller.projectId,
    prices.currency,
  )
