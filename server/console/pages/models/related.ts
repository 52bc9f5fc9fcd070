import { useQuery } from '@tanstack/react-query'
import { read } from '../../api/query'

/** The newest things of the project that a model may be part of: the API lists them all, not by model. */
export const useRelated = () => {
  const query = { limit: 100 }
  const models = useQuery(read('listModels', {}))
  const evaluations = useQuery(read('listEvaluations', { query }))
  const approvals = useQuery(read('listApprovals', { query }))
  const deployments = useQuery({ ...read('listDeployments', { query }), refetchInterval: 10_000 })
  const all = [models, evaluations, approvals, deployments]
  return {
    models: models.data?.data ?? [],
    evaluations: evaluations.data?.data ?? [],
    approvals: approvals.data?.data ?? [],
    deployments: deployments.data?.data ?? [],
    isComplete: all.every(({ data }) => data !== undefined),
    error: all.find(({ error }) => error !== null)?.error ?? null,
  }
}
export type Related = ReturnType<typeof useRelated>
