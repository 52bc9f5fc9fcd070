import {
  daysOf,
  periodOf,
  periodOfPreset,
  presetOf,
  presets,
  rangeOf,
  withEnd,
} from '../../../../../server/console/pages/energy/period'

const now = Date.parse('2026-03-01T00:30:00Z')
const read = (search: string) => periodOf(new URLSearchParams(search), now)

test.each([
  ['today', '2026-03-01'],
  ['week', '2026-02-23'],
  ['days30', '2026-01-31'],
  ['month', '2026-03-01'],
] as const)('%s begins on %s', (preset, since) => {
  expect(periodOfPreset(preset, now)).toEqual({ since, until: '2026-03-01' })
})

test('a preset is known again by its days, the first of those that are the same', () => {
  expect(presets.map((preset) => presetOf(periodOfPreset(preset, now), now))).toEqual([
    'today',
    'week',
    'days30',
    'today',
  ])
  expect(presetOf({ since: '2026-02-01', until: '2026-02-02' }, now)).toBe('custom')
})

test('an address without a possible time shows the last seven days', () => {
  expect(read('since=2026-02-01&until=2026-02-28')).toEqual({ since: '2026-02-01', until: '2026-02-28' })
  for (const search of [
    '',
    'since=2026-02-01',
    'since=2026-02-30&until=2026-03-01',
    'since=2026-03-01&until=2026-02-01',
    'since=x&until=y',
  ])
    expect(read(search)).toEqual(periodOfPreset('week', now))
})

test('the last day is in it', () => {
  expect(rangeOf({ since: '2026-02-28', until: '2026-02-28' })).toEqual({
    since: '2026-02-28T00:00:00.000Z',
    until: '2026-03-01T00:00:00.000Z',
  })
  expect(daysOf({ since: '2026-02-27', until: '2026-03-01' })).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
})

test('ends that would cross move together', () => {
  const period = { since: '2026-02-10', until: '2026-02-20' }
  expect(withEnd(period, 'since', '2026-02-15')).toEqual({ since: '2026-02-15', until: '2026-02-20' })
  expect(withEnd(period, 'since', '2026-02-25')).toEqual({ since: '2026-02-25', until: '2026-02-25' })
  expect(withEnd(period, 'until', '2026-02-05')).toEqual({ since: '2026-02-05', until: '2026-02-05' })
})
