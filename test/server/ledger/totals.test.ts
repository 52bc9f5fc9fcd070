import { priceTable } from '../../../server/contract/prices'
import { usage } from '../../../server/contract/usage'
import { addUsage, noUsage, totalUsage } from '../../../server/ledger/totals'
import { sampleAt } from './samples'

const table = priceTable.parse({})

test("samples of all meters sum, and the least certain method is the total's", () => {
  const total = totalUsage(
    [
      sampleAt(0),
      sampleAt(1, { method: 'modelled', covers: 'cpu cores (model)' }),
      sampleAt(0, { meter: 'gpu-0', joules: 300, cpu_seconds: 0, gpu_seconds: 1, covers: 'gpu board' }),
    ],
    table,
  )
  expect(usage.parse(total)).toMatchObject({
    energy_joules: 320,
    method: 'modelled',
    cpu_seconds: 4,
    gpu_seconds: 1,
    currency: 'EUR',
    covers: ['cpu cores (model)', 'cpu package', 'gpu board'],
  })
  expect(total.cost).toBeCloseTo((320 / 3.6e6) * 0.3, 12)
  expect(total.co2e_grams).toBeCloseTo((320 / 3.6e6) * 350, 12)
})

test('without samples there is no method to claim', () => {
  expect(totalUsage([], table)).toEqual(noUsage('EUR'))
  expect(noUsage('EUR').method).toBeNull()
})

test('each sample is priced at the tariff of its own time', () => {
  const changing = priceTable.parse({ windows: [{ from: '12:00', until: '12:01', price_per_kwh: 3 }] })
  const total = totalUsage([sampleAt(59, { joules: 3.6e6 }), sampleAt(60, { joules: 3.6e6 })], changing)
  expect(total.cost).toBeCloseTo(3.3)
})

test('an estimate keeps only the time that no late sample of its meter covers', () => {
  const estimate = sampleAt(1, {
    sequence: -1,
    ended_at: sampleAt(4).ended_at,
    joules: 40,
    cpu_seconds: 8,
    method: 'estimated',
  })
  const gpu = sampleAt(2, { meter: 'gpu-0', joules: 0, cpu_seconds: 0 })
  expect(totalUsage([sampleAt(0), estimate, gpu], table)).toMatchObject({ energy_joules: 50, method: 'estimated' })
  expect(totalUsage([sampleAt(0), estimate, sampleAt(1), sampleAt(2)], table)).toMatchObject({
    energy_joules: 50,
    cpu_seconds: 10,
  })
  const late = [1, 2, 3, 4].map((second) => sampleAt(second, { joules: 7 }))
  expect(totalUsage([sampleAt(0), estimate, ...late], table)).toMatchObject({ energy_joules: 38, method: 'measured' })
})

test("a parent's usage is the sum of its children's", () => {
  const first = { ...totalUsage([sampleAt(0)], table), tokens: 5 }
  const second = totalUsage([sampleAt(0, { method: 'apportioned', covers: 'gpu board' })], table)
  expect(addUsage(first, second)).toMatchObject({
    energy_joules: 20,
    method: 'apportioned',
    covers: ['cpu package', 'gpu board'],
    tokens: 5,
  })
  expect(addUsage(first, noUsage('EUR'))).toEqual(first)
})

test('usages in two currencies are not added', () => {
  expect(() => addUsage(noUsage('EUR'), noUsage('USD'))).toThrow('USD')
})
