import { ForgeError } from '../../contract/errors'
import { generationRow } from '../../contract/generations'
import { routes } from '../../contract/routes'
import { getJob } from '../../jobs/view'
import { createStepJob } from '../create-step-job'
import type { Ports } from '../ports'
import type { Register } from '../register'

export const generationRoutes = (on: Register, ports: Ports): void => {
  const { db, blobs, prices } = ports
  on(routes.createGeneration, (call) => {
    const { job, ...input } = call.body
    return createStepJob(ports, call, { kind: 'generate', input, job })
  })
  on(routes.getGeneration, async ({ params, caller }) => {
    const job = await getJob(db, params.id, caller.projectId, prices.currency)
    if (job.kind !== 'generate') throw new ForgeError('generation_not_found', { id: params.id })
    const sha256 = job.result?.['rows_sha256']
    const rows =
      typeof sha256 === 'string'
        ? (await blobs.text(sha256))
            .split('\n')
            .filter(Boolean)
            .map((line) => generationRow.parse(JSON.parse(line)))
        : null
    return {
      id: job.id,
      object: 'generation' as const,
      status: job.status,
      items: rows?.length ?? null,
      failed_items: rows?.filter((row) => row.error !== null).length ?? null,
      rows,
    }
  })
}
