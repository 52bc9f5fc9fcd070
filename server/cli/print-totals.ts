import type { Job } from '../contract/jobs'
import { energyMethod, type EnergyMethod, type Usage } from '../contract/usage'
import type { EndedRun } from './follow-run'
import { count, duration, grams, joules, money } from './quantities'
import { textTable } from './text-table'

/** Running time in seconds, waiting not included; null for a job that never ran. */
export const jobSeconds = (job: Pick<Job, 'started_at' | 'ended_at'>): number | null =>
  job.started_at === null || job.ended_at === null
    ? null
    : (Date.parse(job.ended_at) - Date.parse(job.started_at)) / 1000

/** The least certain method of several, because a sum is no better than its worst part. */
const leastCertain = (methods: readonly (EnergyMethod | null)[]): EnergyMethod | null =>
  methods.reduce<EnergyMethod | null>((worst, method) => {
    if (method === null) return worst
    return worst === null || energyMethod.options.indexOf(method) > energyMethod.options.indexOf(worst) ? method : worst
  }, null)

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const cells = (
  usage: Pick<Usage, 'tokens' | 'energy_joules' | 'method' | 'cost' | 'currency' | 'co2e_grams'>,
): string[] => {
  const metered = usage.method !== null
  return [
    count(usage.tokens),
    metered ? joules(usage.energy_joules) : '-',
    usage.method ?? 'not metered',
    metered && usage.tokens ? joules((usage.energy_joules / usage.tokens) * 1000) : '-',
    metered ? money(usage.cost, usage.currency) : '-',
    metered ? grams(usage.co2e_grams) : '-',
  ]
}

/** Time, tokens, energy, cost and emissions of each step and of all together, as the ledger has them. */
export const totalsTable = (steps: EndedRun['steps']): string => {
  const rows = steps.map(({ name, job }) => {
    const seconds = jobSeconds(job)
    return [name, job.status, seconds === null ? '-' : duration(seconds), ...cells(job.usage)]
  })
  const usages = steps.map(({ job }) => job.usage)
  const tokens = usages.flatMap((usage) => (usage.tokens === null ? [] : [usage.tokens]))
  const total = [
    'total',
    '',
    duration(sum(steps.map(({ job }) => jobSeconds(job) ?? 0))),
    ...cells({
      tokens: tokens.length === 0 ? null : sum(tokens),
      energy_joules: sum(usages.map((usage) => usage.energy_joules)),
      method: leastCertain(usages.map((usage) => usage.method)),
      cost: sum(usages.map((usage) => usage.cost)),
      currency: usages[0]?.currency ?? '',
      co2e_grams: sum(usages.map((usage) => usage.co2e_grams)),
    }),
  ]
  const right = (title: string) => ({ title, align: 'right' as const })
  // joules per token of a sum would mix trained with generated tokens
  total[6] = ''
  return textTable(
    [
      { title: 'step' },
      { title: 'status' },
      right('time'),
      right('tokens'),
      right('energy'),
      { title: 'method' },
      right('per 1,000 tokens'),
      right('cost'),
      right('CO2e'),
    ],
    [...rows, null, total],
  )
}
