import { priceTable } from '../../../server/contract/prices'
import { priceSample, tariffAt } from '../../../server/ledger/price'
import { sampleAt } from './samples'

const night = { from: '22:00', until: '06:00', price_per_kwh: 0.1 }
const price = (windows: object[], moment: string, time_zone = 'UTC') =>
  tariffAt(priceTable.parse({ windows, time_zone }), new Date(moment)).pricePerKwh

test('an empty table prices a kWh at 0.30 EUR and 350 g, and devices at nothing', () => {
  const sample = sampleAt(0, { joules: 3_600_000, gpu_seconds: 3600, cpu_seconds: 3600 })
  expect(priceSample(sample, priceTable.parse({}))).toEqual({ cost: 0.3, co2eGrams: 350 })
})

test('device hours cost their rate beside the energy', () => {
  const table = priceTable.parse({ price_per_kwh: 0, gpu_rate_per_hour: 2, cpu_core_rate_per_hour: 0.5 })
  expect(priceSample(sampleAt(0, { gpu_seconds: 1800, cpu_seconds: 7200 }), table).cost).toBeCloseTo(2)
})

test('a window over midnight holds until the morning and ends on the minute', () => {
  expect(price([night], '2026-03-02T21:59:59Z')).toBe(0.3)
  expect(price([night], '2026-03-02T22:00:00Z')).toBe(0.1)
  expect(price([night], '2026-03-03T05:59:59Z')).toBe(0.1)
  expect(price([night], '2026-03-03T06:00:00Z')).toBe(0.3)
})

test('the hours after midnight belong to the day their window started on', () => {
  const mondayNight = [{ ...night, days: ['mon'] }]
  expect(price(mondayNight, '2026-03-02T02:00:00Z')).toBe(0.3)
  expect(price(mondayNight, '2026-03-03T02:00:00Z')).toBe(0.1)
  expect(price([{ ...night, days: ['sat'] }], '2026-03-08T02:00:00Z')).toBe(0.1)
})

test("windows follow the table's time zone, summer time included", () => {
  expect(price([night], '2026-07-02T20:30:00Z', 'Europe/Berlin')).toBe(0.1)
  expect(price([night], '2026-01-02T20:30:00Z', 'Europe/Berlin')).toBe(0.3)
})

test('the first window that holds decides, and what it leaves out stays as in the table', () => {
  const table = priceTable.parse({
    windows: [
      { from: '11:00', until: '14:00', grid_grams_per_kwh: 90 },
      { from: '00:00', until: '00:00', price_per_kwh: 9 },
    ],
  })
  expect(tariffAt(table, new Date('2026-03-02T12:00:00Z'))).toEqual({ pricePerKwh: 0.3, gramsPerKwh: 90 })
  expect(tariffAt(table, new Date('2026-03-02T15:00:00Z'))).toEqual({ pricePerKwh: 9, gramsPerKwh: 350 })
})

test.each([
  ['time_zone', { time_zone: 'Mars/Olympus' }],
  ['from', { windows: [{ from: '24:00', until: '06:00' }] }],
  ['currency', { currency: 'euro' }],
])('a table with an unusable %s is refused', (_field, table) => {
  expect(priceTable.safeParse(table).success).toBe(false)
})
