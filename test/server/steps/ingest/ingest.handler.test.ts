import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Lease } from '../../../../server/contract/workers'
import type { Task } from '../../../../server/steps/handler'
import { ingest } from '../../../../server/steps/ingest.handler'
import type { Source } from '../../../../server/steps/ingest/source-row'
import { leaseOf } from '../../workers/fake-server'
import { workspace, type Workspace } from './workspace'

let space: Workspace
beforeEach(() => {
  space = workspace()
})
afterEach(() => space.close())

const lines = ['a', 'b', 'c'].map((name) => `{"prompt":"${name}?","completion":"${name}!"}\n`).join('')
const sha256 = createHash('sha256').update(lines).digest('hex')

/** Runs the handler on blobs by name, and a network that gives one file. */
const run = async (source: Lease['input'], blobs: Record<string, Source> = {}, network?: Source) => {
  const uploads: string[] = []
  const task = {
    lease: leaseOf(
      'ingest',
      { name: 'd', source, options: { format: 'prompt-completion' } },
      { blobs: Object.entries(blobs).map(([name, { filename }]) => ({ name, filename, sha256: 'of blob', bytes: 7 })) },
    ),
    signal: new AbortController().signal,
    folder: space.folder,
    blobs: {
      has: (name: string) => name in blobs,
      open: (name: string) => Promise.resolve(blobs[name]),
      upload: async (path: string, name: string) => {
        uploads.push(await readFile(path, 'utf8'))
        return { name, sha256: name, bytes: 1 }
      },
    },
    fetchSource: () =>
      Promise.resolve({ ...network, location: 'https://shop.example/x', bytes: 9, sha256: 'of bytes' }),
    report: { progress: () => undefined },
  } as unknown as Task
  return { ...(await ingest(task)), uploads }
}

test('a source on the network becomes a version that names its address and the hash of its bytes', async () => {
  const file = space.file('fetched', lines)
  const { report, train_rows } = await run(
    { type: 'url', url: 'https://shop.example/x?key=1', connection: null },
    {},
    file,
  )

  expect(train_rows).toBe(3)
  expect(report.sources).toEqual([{ type: 'url', location: 'https://shop.example/x', bytes: 9, sha256: 'of bytes' }])
})

test('both parts of a dataset are read again', async () => {
  const part = (name: string): Source => space.file(name, lines.replaceAll('?', name))
  const { report, train_rows } = await run(
    { type: 'dataset', dataset: 'dsv_1' },
    { train: part('train.jsonl'), validation: part('validation.jsonl') },
  )
  expect(train_rows).toBe(6)
  expect(report.sources).toMatchObject([
    { type: 'dataset', location: 'train.jsonl', sha256: 'of blob' },
    { type: 'dataset', location: 'validation.jsonl', sha256: 'of blob' },
  ])
})

test('rows of the call itself are hashed as JSON lines', async () => {
  const rows = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as never)
  const { report } = await run({ type: 'rows', rows })

  expect(report.sources).toEqual([{ type: 'rows', location: 'rows', bytes: lines.length, sha256 }])
})
