import type { DeployInput } from '../../contract/deployments'
import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import { setCanary } from '../../deployments/canary'
import { previousModel, stopDeployment } from '../../deployments/roll-out'
import { trafficOf } from '../../deployments/traffic'
import { findDeployment, getDeployment, listDeployments } from '../../deployments/views'
import { jobOptions } from '../../contract/jobs'
import { createStepJob } from '../create-step-job'
import type { Ports } from '../ports'
import type { Register } from '../register'

type ApprovalOptions = Pick<DeployInput, 'require_approval' | 'approval_timeout_seconds'>

/** What was said about approval, and no more. */
const approvalOf = ({ require_approval, approval_timeout_seconds }: ApprovalOptions): ApprovalOptions => ({
  ...(require_approval === undefined ? {} : { require_approval }),
  ...(approval_timeout_seconds === undefined ? {} : { approval_timeout_seconds }),
})

export const deploymentRoutes = (on: Register, ports: Ports): void => {
  const { db } = ports
  on(routes.createDeployment, (call) => {
    const { job, ...input } = call.body
    return createStepJob(ports, call, { kind: 'deploy', input, job })
  })
  on(routes.updateDeployment, async (call) => {
    const { params, body, caller } = call
    const deployment = await findDeployment(db, caller.projectId, params.id)
    const undo = body.roll_back ? await previousModel(db, deployment) : null
    const model = undo?.id ?? body.model
    if (model === undefined)
      throw new ForgeError(
        'invalid_request',
        { detail: 'model: name the model to roll out, or set roll_back.' },
        { param: 'model' },
      )
    return await createStepJob(ports, call, {
      kind: 'deploy',
      job: jobOptions.parse({}),
      input: {
        name: deployment.name,
        model,
        idle_timeout_s: body.idle_timeout_s === undefined ? deployment.idle_timeout_s : body.idle_timeout_s,
        // what served before was admitted then: undo must not fail on its gate
        force: undo ? true : (body.force ?? false),
        reason: undo ? (body.reason ?? 'roll back') : (body.reason ?? null),
        ...approvalOf(body),
      },
    })
  })
  on(routes.listDeployments, ({ query, caller }) => listDeployments(db, caller.projectId, query))
  on(routes.getDeployment, ({ params, caller }) => getDeployment(db, caller.projectId, params.id))
  on(routes.stopDeployment, async ({ params, caller }) => {
    const deployment = await findDeployment(db, caller.projectId, params.id)
    await db.transaction().execute((tx) => stopDeployment(tx, deployment))
    return await getDeployment(db, caller.projectId, deployment.id)
  })
  on(routes.getTraffic, async ({ params, query, caller }) => {
    const { id } = await findDeployment(db, caller.projectId, params.id)
    return await trafficOf(db, id, query.minutes)
  })
  on(routes.setCanary, async ({ params, body, caller }) => {
    const change = { projectId: caller.projectId, of: params.id, canary: body, actor: caller.keyId }
    const { id } = await db.transaction().execute((tx) => setCanary(tx, change))
    return await getDeployment(db, caller.projectId, id)
  })
  on(routes.endCanary, async ({ params, caller }) => {
    const change = { projectId: caller.projectId, of: params.id, canary: null, actor: caller.keyId }
    const { id } = await db.transaction().execute((tx) => setCanary(tx, change))
    return await getDeployment(db, caller.projectId, id)
  })
}
