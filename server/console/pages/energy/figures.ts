import type { Usage } from '../../../contract/usage'

export const groupings = ['day', 'kind', 'model', 'deployment'] as const
export type Grouping = (typeof groupings)[number]
export const measures = ['energy', 'cost', 'co2e'] as const
export type Measure = (typeof measures)[number]

export interface UsageRow {
  key: string
  usage: Usage
}

/** What a thousand tokens took; null where energy or tokens were not counted. */
export const perThousandTokens = ({
  method,
  tokens,
  energy_joules,
  cost,
}: Usage): { joules: number; cost: number } | null =>
  method === null || tokens === null || tokens === 0
    ? null
    : { joules: (energy_joules / tokens) * 1000, cost: (cost / tokens) * 1000 }

/** The unit that suits figures up to this many joules, and how many joules it is. */
export const energyUnit = (most: number): { unit: 'J' | 'Wh' | 'kWh'; joules: number } => {
  if (most < 3600) return { unit: 'J', joules: 1 }
  return most < 3_600_000 ? { unit: 'Wh', joules: 3600 } : { unit: 'kWh', joules: 3_600_000 }
}

export interface Bars {
  unit: string
  /** places among the categories, and heights; what was not metered has no bar */
  points: [place: number, height: number][]
}

/** Four digits: a chart's label needs no more. */
const short = (value: number): number => Number(value.toPrecision(4))

/** The bars of a chart with one place for each category. */
export const barsOf = (rows: readonly UsageRow[], categories: readonly string[], measure: Measure): Bars => {
  const metered = rows.filter(({ usage }) => usage.method !== null)
  const scale = energyUnit(Math.max(0, ...metered.map(({ usage }) => usage.energy_joules)))
  const height = ({ energy_joules, cost, co2e_grams }: Usage): number =>
    ({ energy: energy_joules / scale.joules, cost, co2e: co2e_grams })[measure]
  return {
    unit: { energy: scale.unit, cost: metered[0]?.usage.currency ?? '', co2e: 'g' }[measure],
    points: metered.flatMap(({ key, usage }) => {
      const place = categories.indexOf(key)
      return place === -1 ? [] : [[place, short(height(usage))] as [number, number]]
    }),
  }
}
