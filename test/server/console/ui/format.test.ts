import { formats } from '../../../../server/console/ui/format'

const en = formats('en')
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test.each([
  [0, '0 J'],
  [312.4, '312 J'],
  [1500, '1.5 kJ'],
  [4510, '1.25 Wh'],
  [7_200_000, '2 kWh'],
])('%d joules are %s', (joules, text) => {
  expect(plain(en.energy(joules))).toBe(text)
})

test('an amount below a cent keeps its digits, and zero is zero', () => {
  expect(en.money(0.000376, 'EUR')).toBe('€0.000376')
  expect(en.money(12.3456, 'EUR')).toBe('€12.35')
  expect(en.money(0, 'EUR')).toBe('€0.00')
})

test.each([
  [4.25, '4.3 sec'],
  [59, '59 sec'],
  [200, '3 min 20 sec'],
  [7500, '2 hr 5 min'],
  [90_000, '1 day 1 hr'],
])('%d seconds are %s', (seconds, text) => {
  expect(en.duration(seconds)).toBe(text)
})

test('times are told from now', () => {
  const now = Date.parse('2026-12-01T12:00:00Z')
  expect(en.ago('2026-12-01T11:57:00Z', now)).toBe('3 minutes ago')
  expect(formats('zh-TW').ago('2026-11-30T12:00:00Z', now)).toBe('昨天')
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500_000, '1.5 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(plain(en.bytes(bytes))).toBe(text)
})
