import type { Model } from '../../../contract/models'

/** What comes first where nothing is chosen: what was released, then what was tuned here. */
const rank: Record<Model['kind'], number> = { deployment: 0, adapter: 1, base: 2 }

/** The models that can be talked to, the likeliest first. */
export const callableModels = (models: readonly Model[]): Model[] =>
  models.filter(({ forge }) => forge.callable).sort((left, right) => rank[left.kind] - rank[right.kind])

/** The one or two models that the address names; without any, the first that can be talked to. */
export const chosenModels = (search: URLSearchParams, callable: readonly Model[]): string[] => {
  const named = [...new Set(search.getAll('model').filter((name) => name !== ''))].slice(0, 2)
  if (named.length > 0) return named
  const [first] = callable
  return first === undefined ? [] : [first.id]
}
