import type { EnergySample } from '../contract/energy-sample'
import type { PriceTable } from '../contract/prices'
import { energyMethod, type EnergyMethod, type Usage } from '../contract/usage'
import { priceSample } from './price'

/** Nothing used yet. */
export const noUsage = (currency: string): Usage => ({
  energy_joules: 0,
  method: null,
  covers: [],
  cost: 0,
  currency,
  co2e_grams: 0,
  gpu_seconds: 0,
  cpu_seconds: 0,
  tokens: null,
})

/** One attempt's samples as usage. Estimates step back where real samples arrived late: nothing counts twice. */
export const totalUsage = (samples: readonly EnergySample[], table: PriceTable): Usage => {
  const total = noUsage(table.currency)
  const covers = new Set<string>()
  for (const sample of withoutOvertakenEstimates(samples)) {
    const { cost, co2eGrams } = priceSample(sample, table)
    total.energy_joules += sample.joules
    total.cost += cost
    total.co2e_grams += co2eGrams
    total.gpu_seconds += sample.gpu_seconds
    total.cpu_seconds += sample.cpu_seconds
    total.method = worstMethod(total.method, sample.method)
    covers.add(sample.covers)
  }
  return { ...total, covers: [...covers].sort() }
}

/** The sum of two usages: attempts of a job, children of a recipe. Throws when their currencies differ. */
export const addUsage = (left: Usage, right: Usage): Usage => {
  if (left.currency !== right.currency)
    throw new Error(`Cannot add a usage in ${right.currency} to one in ${left.currency}: price both by one table.`)
  return {
    energy_joules: left.energy_joules + right.energy_joules,
    method: worstMethod(left.method, right.method),
    covers: [...new Set([...left.covers, ...right.covers])].sort(),
    cost: left.cost + right.cost,
    currency: left.currency,
    co2e_grams: left.co2e_grams + right.co2e_grams,
    gpu_seconds: left.gpu_seconds + right.gpu_seconds,
    cpu_seconds: left.cpu_seconds + right.cpu_seconds,
    tokens: left.tokens === null && right.tokens === null ? null : (left.tokens ?? 0) + (right.tokens ?? 0),
  }
}

/** The less certain of two methods; null means that nothing was metered. */
const worstMethod = (left: EnergyMethod | null, right: EnergyMethod | null): EnergyMethod | null => {
  if (left === null || right === null) return left ?? right
  const order = energyMethod.options
  return order.indexOf(left) >= order.indexOf(right) ? left : right
}

/**
 * A lost worker's gap is filled by an estimate; when the worker comes back and reports after all, the estimate keeps
 * only the part of its time that no real sample of the same meter covers.
 */
const withoutOvertakenEstimates = (samples: readonly EnergySample[]): EnergySample[] => {
  const real = samples.filter((sample) => sample.method !== 'estimated')
  if (real.length === samples.length) return real
  const estimates = samples
    .filter((sample) => sample.method === 'estimated')
    .flatMap((estimate) => {
      const covered = real
        .filter((sample) => sample.meter === estimate.meter)
        .reduce((sum, sample) => sum + overlapMs(sample, estimate), 0)
      const length = overlapMs(estimate, estimate)
      const left = length > 0 ? Math.max(0, 1 - covered / length) : 0
      return left > 0 ? [scaled(estimate, left)] : []
    })
  return [...real, ...estimates]
}

const scaled = (sample: EnergySample, factor: number): EnergySample => ({
  ...sample,
  joules: sample.joules * factor,
  cpu_seconds: sample.cpu_seconds * factor,
  gpu_seconds: sample.gpu_seconds * factor,
})

const overlapMs = (left: EnergySample, right: EnergySample): number =>
  Math.max(
    0,
    Math.min(Date.parse(left.ended_at), Date.parse(right.ended_at)) -
      Math.max(Date.parse(left.started_at), Date.parse(right.started_at)),
  )
