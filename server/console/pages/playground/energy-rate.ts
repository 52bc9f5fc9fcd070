import type { Deployment } from '../../../contract/deployments'
import type { Usage } from '../../../contract/usage'

/** What a token of a model has taken so far, read and written ones alike. */
export interface EnergyRate {
  joules: number
  cost: number
  currency: string
}

/**
 * The mean of what serving has taken, by the deployment that answers to a name: its own, or the one that calls by a model's
 * name have made. Null while nothing was metered: an answer itself is not.
 */
export const rateOf = (
  name: string,
  deployments: readonly Pick<Deployment, 'id' | 'name'>[],
  usageByDeployment: ReadonlyMap<string, Usage>,
): EnergyRate | null => {
  const deployment = deployments.find((one) => one.name === name || one.name === `on-demand:${name}`)
  const usage = deployment && usageByDeployment.get(deployment.id)
  if (!usage || usage.method === null || usage.tokens === null || usage.tokens === 0) return null
  return { joules: usage.energy_joules / usage.tokens, cost: usage.cost / usage.tokens, currency: usage.currency }
}
