import { createJob, type CreateJob } from '../contract/create-job'
import type { Db, Tx } from '../storage/database'
import type { Json } from '../storage/tables'
import { placementOf } from '../steps/definitions'
import { insertJob } from './create'
import { findEarlier, remember, type Idempotency } from './idempotency'
import { prepareInput, type ModelPorts } from './prepare-input'

/** Starts a job, or finds the one that the same call already started; in the caller's transaction. Gives its id. */
export const startJobIn = async (
  tx: Tx,
  projectId: string,
  request: CreateJob,
  idempotency: Idempotency,
  models: ModelPorts,
): Promise<string> => {
  const body = createJob.parse(request) as unknown as Json
  const earlier = await findEarlier(tx, projectId, idempotency, body, request.job)
  if (earlier) return earlier.id
  const input = await prepareInput(tx, projectId, request, models)
  const job = await insertJob(tx, {
    projectId,
    kind: request.kind,
    ...placementOf(request.kind, request.job.resources),
    input,
    options: request.job,
    idempotency: remember(idempotency, body),
  })
  return job.id
}

/** The same in one transaction, so that the job is there once or not at all. */
export const startJob = (
  db: Db,
  projectId: string,
  request: CreateJob,
  idempotency: Idempotency,
  models: ModelPorts,
): Promise<string> => db.transaction().execute((tx) => startJobIn(tx, projectId, request, idempotency, models))
