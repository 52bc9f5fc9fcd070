import type { DatasetVersion } from '../../../../../server/contract/datasets'
import { ingestReport } from '../../../../../server/contract/ingest'
import { differenceOf } from '../../../../../server/console/pages/datasets/difference'

const version = (part: Partial<DatasetVersion>, report: object): DatasetVersion => ({
  id: 'dsv_1',
  version: 1,
  parent_version_id: null,
  rows: 18,
  validation_rows: 2,
  sha256: 'a',
  validation_sha256: 'b',
  report: ingestReport.parse({
    formats: {},
    rows_in: 20,
    products: null,
    variant_rows: 0,
    candidate_rows: 20,
    rows_kept: 20,
    train_rows: 18,
    validation_rows: 2,
    rows_dropped: {},
    duplicates: 0,
    first_problems: [],
    languages: { en: 20 },
    channels: {},
    languages_checked: 0,
    language_mismatches: 0,
    prompt_characters: null,
    completion_characters: null,
    personal_data: { redacted: false, found: {} },
    columns: ['a', 'b'],
    sample: [],
    ...report,
  }),
  job_id: 'job_1',
  created_at: '2026-12-01T00:00:00Z',
  ...part,
})

test('rows, languages, what was left out and columns are told side by side', () => {
  const before = version({}, { rows_dropped: { duplicate: 1 } })
  const after = version(
    { rows: 28, sha256: 'c' },
    { rows_in: 30, languages: { en: 20, de: 10 }, columns: ['b', 'c'], rows_dropped: { no_text: 2 } },
  )
  const difference = differenceOf(before, after)
  expect(difference.counts).toContainEqual({ name: 'rows', before: 18, after: 28 })
  expect(difference.languages).toEqual([
    { name: 'en', before: 20, after: 20 },
    { name: 'de', before: 0, after: 10 },
  ])
  expect(difference.dropped).toEqual([
    { name: 'no_text', before: 0, after: 2 },
    { name: 'duplicate', before: 1, after: 0 },
  ])
  expect([difference.columnsAdded, difference.columnsGone, difference.sameRows]).toEqual([['c'], ['a'], false])
})

test('the same bytes are the same rows', () => {
  expect(differenceOf(version({}, {}), version({ version: 2 }, {})).sameRows).toBe(true)
})
