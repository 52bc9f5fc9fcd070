import { rateOf } from '../../../../../server/console/pages/playground/energy-rate'
import type { Usage } from '../../../../../server/contract/usage'

const usage = (part: Partial<Usage>): Usage => ({
  energy_joules: 200,
  method: 'modelled',
  covers: ['cpu'],
  cost: 0.02,
  currency: 'EUR',
  co2e_grams: 0,
  gpu_seconds: 0,
  cpu_seconds: 0,
  tokens: 100,
  ...part,
})
const deployments = [
  { id: 'dep_1', name: 'writer' },
  { id: 'dep_2', name: 'on-demand:base' },
]

test('a token costs the mean of its deployment, also of one that a call has made', () => {
  const usages = new Map([
    ['dep_1', usage({})],
    ['dep_2', usage({ energy_joules: 50 })],
  ])
  expect(rateOf('writer', deployments, usages)).toEqual({ joules: 2, cost: 0.0002, currency: 'EUR' })
  expect(rateOf('base', deployments, usages)?.joules).toBe(0.5)
})

test.each([
  ['another', usage({})],
  ['writer', usage({ method: null })],
  ['writer', usage({ tokens: 0 })],
  ['writer', usage({ tokens: null })],
])('of %s nothing is known where nothing was metered', (name, of) => {
  expect(rateOf(name, deployments, new Map([['dep_1', of]]))).toBeNull()
})
