import type { TestServer } from '../../support/server'
import { addModel } from '../../support/serving-fixture'

/** A tuned model of the default project whose training has ended. */
export const tunedModel = async (
  { db }: TestServer,
  options: { name?: string; gate?: 'passed' | 'failed' | null } = {},
): Promise<string> => {
  const id = await addModel(db, 'proj_default', options)
  const { job_id: jobId } = await db
    .selectFrom('app.model')
    .select('job_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  await db
    .updateTable('app.job')
    .set({
      status: 'succeeded',
      resources: JSON.stringify({ cpus: 1, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} }),
    })
    .where('id', '=', jobId)
    .execute()
  return id
}
