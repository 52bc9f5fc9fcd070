import { readFileSync } from 'node:fs'
import { fixture, readRows, workspace, type Workspace } from './workspace'

let space: Workspace
beforeEach(() => (space = workspace()))
afterEach(() => space.close())

const pair = (prompt: string, completion = `About ${prompt}.`): string => `${JSON.stringify({ prompt, completion })}\n`
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => pair(`product ${from + index}`)).join('')
const asSource = ({ train, validation }: Awaited<ReturnType<Workspace['ingest']>>) => ({
  train: { path: train.path, filename: 'train.jsonl' },
  validation: validation && { path: validation.path, filename: 'validation.jsonl' },
})
const prompts = (path: string): (string | null | undefined)[] =>
  readRows(path).map(({ messages }) => messages[0]?.content)

test('an append keeps every old row as it is and adds the new ones that it lacks', async () => {
  const first = await space.ingest(space.file('a.jsonl', numbered(0, 20)), { validation_split: 0.3 })
  const next = await space.ingest(
    space.file('b.jsonl', numbered(15, 25)),
    { validation_split: 0.3 },
    undefined,
    asSource(first),
  )

  expect(next.report).toMatchObject({ rows_in: 10, candidate_rows: 10, duplicates: 5, rows_kept: 25 })
  for (const side of ['train', 'validation'] as const) {
    const old = readFileSync(first[side]?.path ?? '', 'utf8')
    expect(readFileSync(next[side]?.path ?? '', 'utf8').startsWith(old)).toBe(true)
  }
})

test('a new text of a product that was held back is held back, whatever the split says now', async () => {
  const first = await space.ingest(space.file('a.jsonl', numbered(0, 20)), { validation_split: 0.3 })
  const held = prompts(first.validation?.path ?? '')
  const more = [...held, ...prompts(first.train.path)].map((prompt) => pair(String(prompt), 'Another text.')).join('')
  const next = await space.ingest(space.file('b.jsonl', more), {}, undefined, asSource(first))

  expect(new Set(prompts(next.validation?.path ?? ''))).toEqual(new Set(held))
  expect(next.report).toMatchObject({ rows_kept: 40, validation_rows: 2 * held.length })
})

test('the limit is one of the rows that are added', async () => {
  const first = await space.ingest(space.file('a.jsonl', numbered(0, 20)))
  const next = await space.ingest(space.file('b.jsonl', numbered(20, 60)), { max_rows: 5 }, undefined, asSource(first))

  expect(next.report).toMatchObject({ rows_kept: 25, rows_dropped: { over_max_rows: 35 } })
  expect(prompts(next.train.path).slice(0, 20)).toEqual(prompts(first.train.path))
})

test('an append of nothing new is the version before', async () => {
  const first = await space.ingest(fixture('shopify-bikes.csv'), { validation_split: 0.3 })
  const next = await space.ingest(fixture('shopify-bikes.csv'), { validation_split: 0.3 }, undefined, asSource(first))

  expect(readFileSync(next.train.path)).toEqual(readFileSync(first.train.path))
  expect(next.report).toMatchObject({ rows_kept: first.report.rows_kept, duplicates: first.report.rows_kept })
})
