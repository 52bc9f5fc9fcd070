import type { Approval } from '../../server/contract/approvals'
import { routes } from '../../server/contract/routes'
import type { GivenBody, Reply } from '../../server/contract/route'
import type { Lease } from '../../server/contract/workers'
import type { ScriptedWorker } from './scripted-worker'
import type { TestServer } from './server'
import { unique } from './unique'

type Asked = Partial<GivenBody<typeof routes.createDeployment>> & { model: string }

/** What the worker of a deploy job hears when it asks for the roll-out. */
export const rollOut = (worker: ScriptedWorker, lease: Lease): Promise<Reply<typeof routes.startRollOut>> =>
  worker.client.call(routes.startRollOut, { params: { id: lease.id } })

/** Starts a deploy job that needs a person and brings it so far that it waits for one. */
export const waitForPerson = async (
  server: TestServer,
  worker: ScriptedWorker,
  asked: Asked,
): Promise<{ jobId: string; lease: Lease; approval: Approval }> => {
  const { id: jobId } = await server.clients.write.call(routes.createDeployment, {
    body: { name: unique('texts'), require_approval: true, ...asked },
  })
  const lease = await worker.take()
  await rollOut(worker, lease)
  return { jobId, lease, approval: await approvalOf(server, jobId) }
}

/** The newest approval of a job. */
export const approvalOf = async (server: TestServer, jobId: string): Promise<Approval> => {
  const { data } = await server.clients.read.call(routes.listApprovals, { query: { job_id: jobId } })
  if (!data[0]) throw new Error(`Nobody was asked about ${jobId}.`)
  return data[0]
}

/** Lets an approved job go on to its end, without an engine. */
export const serveApproved = async (worker: ScriptedWorker): Promise<void> => {
  const lease = await worker.take()
  const answer = await rollOut(worker, lease)
  if (answer.state === 'awaiting_approval') throw new Error('It waits for a person again.')
  await worker.complete(lease, { kind: 'deploy', deployment_id: answer.deployment_id, generation: answer.generation })
}
