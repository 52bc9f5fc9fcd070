import { usageCsv } from '../../../../../server/console/pages/energy/csv'
import type { Usage } from '../../../../../server/contract/usage'

const usage: Usage = {
  energy_joules: 3_600_000.5,
  method: 'modelled',
  covers: ['cpu cores (model)', 'gpu 0'],
  cost: 0.0000013135,
  currency: 'EUR',
  co2e_grams: 1234.5,
  gpu_seconds: 0,
  cpu_seconds: 12.25,
  tokens: 12_345,
}

test('numbers keep their digits and are written the same in every language', () => {
  expect(usageCsv('model', [{ key: 'model_1', name: 'Shop, "new"', usage }])).toBe(
    [
      'model,name,energy_joules,energy_kwh,cost,currency,co2e_grams,tokens,cpu_seconds,gpu_seconds,method,covers',
      'model_1,"Shop, ""new""",3600000.5,1.0000001388888888,0.0000013135,EUR,1234.5,12345,12.25,0,modelled,cpu cores (model); gpu 0',
      '',
    ].join('\r\n'),
  )
})

test('what was not metered is empty, not zero', () => {
  const line = usageCsv('day', [{ key: '2026-12-01', name: 'a\nb', usage: { ...usage, method: null, covers: [] } }])
  expect(line).toContain('2026-12-01,"a\nb",,,,EUR,,12345,,,,\r\n')
})
