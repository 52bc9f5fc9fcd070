import { barsOf, energyUnit, perThousandTokens } from '../../../../../server/console/pages/energy/figures'
import type { Usage } from '../../../../../server/contract/usage'

const usage = (part: Partial<Usage>): Usage => ({
  energy_joules: 0,
  method: 'modelled',
  covers: ['cpu'],
  cost: 0,
  currency: 'EUR',
  co2e_grams: 0,
  gpu_seconds: 0,
  cpu_seconds: 0,
  tokens: null,
  ...part,
})

test('a thousand tokens are told only where tokens and energy were counted', () => {
  expect(perThousandTokens(usage({ energy_joules: 50, cost: 0.02, tokens: 200 }))).toEqual({ joules: 250, cost: 0.1 })
  expect(perThousandTokens(usage({ energy_joules: 50, tokens: 0 }))).toBeNull()
  expect(perThousandTokens(usage({ energy_joules: 50 }))).toBeNull()
  expect(perThousandTokens(usage({ method: null, tokens: 200 }))).toBeNull()
})

test.each([
  [3599, 'J'],
  [3600, 'Wh'],
  [3_600_000, 'kWh'],
])('%d joules are drawn in %s', (most, unit) => {
  expect(energyUnit(most).unit).toBe(unit)
})

test('a day without a row, and one that nobody metered, have no bar', () => {
  const rows = [
    { key: '2026-12-01', usage: usage({ energy_joules: 7200, cost: 0.5, co2e_grams: 3 }) },
    { key: '2026-12-03', usage: usage({ method: null }) },
    { key: '2026-12-04', usage: usage({ energy_joules: 1234.56 }) },
  ]
  const days = ['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04']
  expect(barsOf(rows, days, 'energy')).toEqual({ unit: 'Wh', points: [[0, 2], [3, 0.3429]] }) // prettier-ignore
  expect(barsOf(rows, days, 'cost')).toEqual({ unit: 'EUR', points: [[0, 0.5], [3, 0]] }) // prettier-ignore
  expect(barsOf(rows, days, 'co2e').unit).toBe('g')
})
