import { routes } from '../../../contract/routes'
import { parseLeaseId } from '../../../jobs/lease-id'
import { checkBudget } from '../../../ledger/budget'
import { ForgeError } from '../../../contract/errors'
import { clientGone } from '../../client-gone'
import type { Ports } from '../../ports'
import type { Register } from '../../register'

/** OpenAI's chat call: straight to the engine, past the queue. */
export const chatRoutes = (on: Register, { db, gateway }: Ports): void => {
  on(routes.createChatCompletion, async ({ body, caller, request, reply }) => {
    const lease = request.headers['x-forge-lease']
    let { projectId } = caller
    let forJob: { jobId: string } | null = null
    if (typeof lease === 'string') {
      // a worker asks for a job: in the name of that job's project, and charged to it
      if (!caller.scopes.includes('worker') && !caller.scopes.includes('admin'))
        throw new ForgeError('missing_scope', { scope: 'worker' })
      const { jobId, fence } = parseLeaseId(lease)
      const job = await db
        .selectFrom('app.job')
        .select('project_id')
        .where('id', '=', jobId)
        .where('fence', '=', fence)
        .where('status', 'in', ['running', 'pausing'])
        .executeTakeFirst()
      if (!job) throw new ForgeError('lease_lost', { lease })
      projectId = job.project_id
      forJob = { jobId }
    }
    if (forJob === null) await checkBudget(db, projectId)
    const answer = await gateway.chat({ projectId, body, forJob, signal: clientGone(reply) })
    if (answer.kind === 'json') return reply.send(answer.body)
    return reply.headers(answer.headers).send(answer.stream)
  })
}
