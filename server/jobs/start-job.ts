import { createJob, type CreateJob } from '../contract/create-job'
import type { Db } from '../storage/database'
import type { Json } from '../storage/tables'
import { steps } from '../steps/definitions'
import { insertJob } from './create'
import { findEarlier, remember, type Idempotency } from './idempotency'
import { prepareInput, type ModelPorts } from './prepare-input'

/** Starts a job, or finds the one that the same call already started: one transaction, so it is there once or not at all. */
export const startJob = async (
  db: Db,
  projectId: string,
  request: CreateJob,
  idempotency: Idempotency,
  models: ModelPorts,
): Promise<string> =>
  await db.transaction().execute(async (tx) => {
    const body = createJob.parse(request) as unknown as Json
    const earlier = await findEarlier(tx, projectId, idempotency, body, request.job)
    if (earlier) return earlier.id
    const input = await prepareInput(tx, projectId, request, models)
    const job = await insertJob(tx, {
      projectId,
      kind: request.kind,
      ...steps[request.kind],
      input,
      options: request.job,
      idempotency: remember(idempotency, body),
    })
    return job.id
  })
