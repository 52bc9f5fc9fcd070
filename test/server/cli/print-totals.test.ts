import { totalsTable } from '../../../server/cli/print-totals'
import { jobWith } from './job'

const times = { started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:00:10.000Z' }
const usage = (energy_joules: number, method: 'measured' | 'modelled', tokens: number) => ({
  ...jobWith({}).usage,
  energy_joules,
  method,
  tokens,
  cost: 0.00042,
  co2e_grams: 0.061,
})

test('the total is the sum of the steps, by the least certain of their methods', () => {
  const table = totalsTable([
    { name: 'fine-tune', job: jobWith({ ...times, status: 'succeeded', usage: usage(600, 'measured', 2000) }) },
    { name: 'generate', job: jobWith({ ...times, status: 'succeeded', usage: usage(300, 'modelled', 1000) }) },
  ]).split('\n')
  expect(table[2]?.split(/ {2,}/)).toEqual([
    'fine-tune',
    'succeeded',
    '10 s',
    '2,000',
    '600 J',
    'measured',
    '300 J',
    '0.00042 EUR',
    '0.061 g',
  ])
  expect(table.at(-1)?.split(/ {2,}/)).toEqual([
    'total',
    '20 s',
    '3,000',
    '900 J',
    'modelled',
    '0.00084 EUR',
    '0.122 g',
  ])
})

test('a step that nobody metered is said to be so, not free', () => {
  const row = totalsTable([{ name: 'deploy', job: jobWith({ ...times, status: 'succeeded' }) }]).split('\n')[2]
  expect(row?.split(/ {2,}/)).toEqual(['deploy', 'succeeded', '10 s', '-', '-', 'not metered', '-', '-', '-'])
})
