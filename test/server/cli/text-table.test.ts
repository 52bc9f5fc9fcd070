import { sideBySide, textTable, wrap } from '../../../server/cli/text-table'

test('columns are as wide as their widest cell, numbers to the right', () => {
  expect(
    textTable([{ title: 'step' }, { title: 'time', align: 'right' }], [['ingest', '2 s'], null, ['total', '120 s']]),
  ).toBe(['step     time', '─────────────', 'ingest    2 s', '─────────────', 'total   120 s'].join('\n'))
})

test('long texts are broken at blanks, and a longer word stays whole', () => {
  expect(wrap('Made to be kept. #gemachtumzubleiben', 10)).toEqual(['Made to be', 'kept.', '#gemachtumzubleiben'])
})

test('two texts stand side by side though one is longer', () => {
  expect(sideBySide('one two', 'three', 5)).toBe('one     three\ntwo')
})
