import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fixture, workspace, type Workspace } from './workspace'

let space: Workspace
beforeEach(() => (space = workspace()))
afterEach(() => space.close())

test.each([
  ['nothing', ''],
  ['only blank lines', '\n \n'],
  ['a header but no rows', 'prompt,completion\n'],
  ['an empty array', '[]'],
])('a file with %s is refused as empty', async (_what, content) => {
  await expect(space.ingest(space.file('data.csv', content))).rejects.toMatchObject({
    code: 'empty_file',
    message: expect.stringContaining('data.csv'),
  })
})

test('a file that is not UTF-8 is refused with the offset of the first wrong byte', async () => {
  const start = `prompt,completion\n${'täglich,Brot\n'.repeat(40_000)}`
  const bytes = Buffer.concat([Buffer.from(start), Buffer.from('caf\xe9,x\n', 'latin1')])
  const offset = Buffer.byteLength(start) + 3
  await expect(space.ingest(space.file('latin.csv', bytes))).rejects.toMatchObject({
    code: 'not_utf8',
    message: `latin.csv is not UTF-8: byte 0xe9 at offset ${offset}.`,
  })
  const cut = Buffer.from('{"messages": "ü').subarray(0, -1)
  await expect(space.ingest(space.file('cut.jsonl', cut))).rejects.toMatchObject({
    code: 'not_utf8',
    message: expect.stringContaining(`offset ${cut.length - 1}`),
  })
})

test.each([
  ['never closed', 'a,b\n1,2\n3,"four\n5,6\n', /line 3: .*never closed/],
  ['closed in the middle', 'a,b\n1,"two" and\n', /line 2: .*closed in the middle of its cell, on line 2/],
])('a CSV quote that is %s is named by its line', async (_what, content, message) => {
  await expect(space.ingest(space.file('quotes.csv', content))).rejects.toMatchObject({
    code: 'csv_broken_quotes',
    message: expect.stringMatching(message),
  })
})

test('a table of 1,000 columns is refused', async () => {
  const names = Array.from({ length: 1000 }, (_unused, index) => `c${index}`)
  await expect(space.ingest(space.file('wide.csv', `${names.join(',')}\n${names.join(',')}\n`))).rejects.toMatchObject({
    code: 'too_many_columns',
    message: expect.stringContaining('1000 columns; at most 500'),
  })
  const row = Object.fromEntries(names.map((name) => [name, 1]))
  await expect(space.ingest(space.file('wide.jsonl', JSON.stringify(row)))).rejects.toMatchObject({
    code: 'too_many_columns',
  })
})

test('rows of the wrong width are named, and can be skipped without shifting the others', async () => {
  const content = 'prompt,completion\n1,one\n2\r\n3,three,drei\n4,"fo\nur"\n5,five\n'
  const file = space.file('ragged.csv', content)
  await expect(space.ingest(file)).rejects.toMatchObject({
    code: 'invalid_row',
    message: expect.stringMatching(/row 2: 1 cells where the header has 2/),
  })
  const { report } = await space.ingest(file, { skip_invalid_percentage: 40 })
  expect(report).toMatchObject({ rows_in: 5, rows_kept: 3, rows_dropped: { invalid_row: 2 } })
  expect(report.first_problems).toEqual([
    'ragged.csv row 2: 1 cells where the header has 2',
    'ragged.csv row 3: 3 cells where the header has 2',
  ])
})

test('unknown columns are listed when no format fits', async () => {
  await expect(space.ingest(space.file('odd.csv', 'left,right\n1,2\n'))).rejects.toMatchObject({
    code: 'unknown_format',
    message: expect.stringContaining('"left", "right"'),
  })
  await expect(
    space.ingest(space.file('odd.csv', 'prompt,right\n1,2\n'), { format: 'prompt-completion' }),
  ).rejects.toMatchObject({ code: 'missing_column', message: expect.stringContaining('"completion"') })
})

test('too few usable rows end the step with the reasons', async () => {
  await expect(
    space.ingest(space.file('twins.csv', 'prompt,completion\na,b\na,b\n'), { min_rows: 2 }),
  ).rejects.toMatchObject({
    code: 'too_few_rows',
    message: expect.stringMatching(/1 usable rows of 2 read.*duplicate: 1/),
  })
})

test('an abort ends ingest and leaves no file behind', async () => {
  await expect(
    space.ingest(fixture('shopify-bikes.csv'), {}, AbortSignal.abort(new Error('cancelled'))),
  ).rejects.toThrow('cancelled')
  await expect(space.ingest(space.file('quotes.csv', 'a,b\n1,"2\n'))).rejects.toThrow()
  const out = join(space.folder, 'out-2')
  expect(existsSync(out) ? readdirSync(out) : []).toEqual([])
})
