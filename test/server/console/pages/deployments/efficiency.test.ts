import { tokensPerJoule } from '../../../../../server/console/pages/deployments/efficiency'
import type { Usage } from '../../../../../server/contract/usage'

const usage: Usage = {
  energy_joules: 50,
  method: 'measured',
  covers: ['cpu'],
  cost: 0,
  currency: 'EUR',
  co2e_grams: 0,
  gpu_seconds: 0,
  cpu_seconds: 1,
  tokens: 100,
}

test('tokens by joules, where both were counted', () => {
  expect(tokensPerJoule(usage)).toBe(2)
  expect(tokensPerJoule({ ...usage, tokens: null })).toBeNull()
  expect(tokensPerJoule({ ...usage, method: null })).toBeNull()
  expect(tokensPerJoule({ ...usage, energy_joules: 0 })).toBeNull()
})
