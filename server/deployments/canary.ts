import type { z } from 'zod'
import type { canary as canaryShape } from '../contract/deployments'
import { ForgeError } from '../contract/errors'
import type { Tx } from '../storage/database'
import { notify } from '../storage/sql/append-event'
import { lockDeployment, replicasChanged, type DeploymentRow } from './generations'
import { findDeployment } from './views'

export type Canary = z.infer<typeof canaryShape>
export interface CanaryChange {
  projectId: string
  /** id or name of the deployment whose calls are shared */
  of: string
  /** null: it answers all of them again */
  canary: Canary | null
  /** who asked, for the audit: an API key's id */
  actor: string
}

/**
 * Gives a share of a deployment's calls to another one of the project, or takes it back; audited. Throws
 * `deployment_not_found`, and `invalid_request` where the other one cannot answer.
 */
export const setCanary = async (tx: Tx, { projectId, of, canary, actor }: CanaryChange): Promise<DeploymentRow> => {
  const deployment = await lockDeployment(tx, (await findDeployment(tx, projectId, of)).id)
  const other = canary === null ? null : await findDeployment(tx, projectId, canary.deployment)
  if (other !== null) check(deployment, other)
  await tx
    .updateTable('app.deployment')
    .set({ canary_deployment_id: other?.id ?? null, canary_weight: canary?.weight ?? null })
    .where('id', '=', deployment.id)
    .execute()
  await tx
    .insertInto('app.audit')
    .values({
      project_id: projectId,
      actor,
      action: canary === null ? 'deployment.canary_ended' : 'deployment.canary_set',
      subject: deployment.id,
      details: JSON.stringify(canary ?? {}),
    })
    .execute()
  await notify(tx, replicasChanged)
  return deployment
}

const check = (deployment: DeploymentRow, other: DeploymentRow): void => {
  const problem =
    other.id === deployment.id
      ? 'is this deployment itself'
      : other.on_demand
        ? 'is not a deployment but a model that calls woke'
        : other.wanted === 'stopped'
          ? 'is stopped'
          : other.canary_deployment_id !== null
            ? 'shares its own calls with a canary'
            : null
  if (problem !== null)
    throw new ForgeError(
      'invalid_request',
      { detail: `deployment: "${other.name}" ${problem}.` },
      { param: 'deployment' },
    )
}
