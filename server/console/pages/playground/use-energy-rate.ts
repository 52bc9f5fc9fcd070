import { useQuery } from '@tanstack/react-query'
import { read } from '../../api/query'
import { rateOf, type EnergyRate } from './energy-rate'

/** What a token of a model has taken so far; null while that is not known. Read again while it is on show. */
export const useEnergyRate = (model: string): EnergyRate | null => {
  const refetchInterval = 10_000
  const deployments = useQuery({ ...read('listDeployments', { query: { limit: 100 } }), refetchInterval })
  const usage = useQuery({ ...read('getUsage', { query: { group_by: 'deployment' } }), refetchInterval })
  return rateOf(model, deployments.data?.data ?? [], new Map(usage.data?.rows.map((row) => [row.key, row.usage])))
}
