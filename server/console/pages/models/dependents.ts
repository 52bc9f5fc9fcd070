import type { Deployment } from '../../../contract/deployments'
import type { Model } from '../../../contract/models'

/** A deployment that a call to a model made by itself; it comes and goes, and nobody deployed it. */
export const isOnDemand = ({ name }: Pick<Deployment, 'name'>): boolean => name.startsWith('on-demand:')

/** What depends on a model. */
export interface Dependents {
  /** deployments that it serves or is about to: while there is one, it cannot be deleted */
  serving: Deployment[]
  /** models that were tuned from it or from one of its checkpoints */
  tuned: Model[]
}

export const dependentsOf = (
  { id, name, base_model, checkpoints }: Model,
  models: readonly Model[],
  deployments: readonly Deployment[],
): Dependents => {
  const names = new Set([id, name, `${base_model}:${id}`, ...checkpoints.map(({ model }) => model)])
  return {
    serving: deployments.filter(
      (deployment) =>
        !isOnDemand(deployment) &&
        deployment.history.some(({ model, state }) => model === id && (state === 'serving' || state === 'rolling_out')),
    ),
    tuned: models.filter(({ kind, parent }) => kind === 'adapter' && parent !== null && names.has(parent)),
  }
}
