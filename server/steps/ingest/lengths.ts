import type { z } from 'zod'
import type { lengthPercentiles } from '../../contract/ingest'

/** Percentiles (nearest rank) of lengths; null of none. Sorts the given array. */
export const percentiles = (lengths: number[]): z.infer<typeof lengthPercentiles> | null => {
  if (lengths.length === 0) return null
  lengths.sort((a, b) => a - b)
  const at = (share: number) => lengths[Math.max(0, Math.ceil(share * lengths.length) - 1)] ?? 0
  return { min: at(0), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}
