import { ingestOptions } from '../../../../../../server/contract/ingest'
import {
  firstOptions,
  isComplete,
  optionsOf,
  readingOf,
} from '../../../../../../server/console/pages/new-run/understood/reading'

const first = ingestOptions.parse(firstOptions)

test('a form that nobody changed asks for what was asked before', () => {
  expect(ingestOptions.parse(optionsOf(readingOf(first), first))).toEqual(first)
})

test('a mapping is used when it is chosen, and left when it is not', () => {
  const reading = { ...readingOf(first), use: 'mapping' as const, prompt: '{{ a }}', completion: '{{ b }}' }
  const mapped = ingestOptions.parse(optionsOf(reading, first))
  expect(mapped.format).toBe('mapping')
  expect(mapped.mapping).toEqual({ prompt: '{{ a }}', completion: '{{ b }}', system: null })
  expect(ingestOptions.parse(optionsOf({ ...readingOf(mapped), use: 'auto' }, mapped))).toEqual(first)
})

test('percent are shares, and an empty number is none', () => {
  const reading = { ...readingOf(first), validationPercent: 15, invalidPercent: null, maxRows: 20 }
  expect(optionsOf(reading, first)).toMatchObject({ validation_split: 0.15, skip_invalid_percentage: 0, max_rows: 20 })
})

test('several text columns stay until another one is chosen', () => {
  const columns = [
    { column: 'Copy EN', language: 'en', channel: 'shop' },
    { column: 'Copy DE', language: 'de', channel: 'shop' },
  ]
  const before = ingestOptions.parse({ ...firstOptions, product_texts: { columns } })
  const reading = readingOf(before)
  expect(optionsOf(reading, before).product_texts?.columns).toEqual(columns)
  expect(optionsOf({ ...reading, textColumn: 'Copy DE', language: 'de' }, before).product_texts?.columns).toEqual([
    columns[1],
  ])
  expect(optionsOf({ ...reading, textColumn: '' }, before).product_texts?.columns).toBeNull()
})

test('a mapping needs both texts', () => {
  expect(isComplete(readingOf(first))).toBe(true)
  expect(isComplete({ ...readingOf(first), use: 'mapping', prompt: 'x' })).toBe(false)
})
