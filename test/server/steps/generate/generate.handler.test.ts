import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChatRequest } from '../../../../server/contract/chat'
import type { GenerationRow } from '../../../../server/contract/generations'
import type { Lease } from '../../../../server/contract/workers'
import { generate } from '../../../../server/steps/generate.handler'
import { StepFailed, type Task } from '../../../../server/steps/handler'

let folder: string
let rows: GenerationRow[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-generate-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const answer = (content: string) => ({
  id: 'c',
  object: 'chat.completion' as const,
  created: 0,
  model: 'm',
  usage,
  choices: [{ index: 0, message: { role: 'assistant' as const, content }, finish_reason: 'stop' as const }],
})
const run = async (source: object, chat: (request: ChatRequest) => string, more: object = {}) => {
  const task = {
    lease: { input: { model: 'm', source, ...more } } as unknown as Lease,
    signal: new AbortController().signal,
    folder,
    report: { progress: () => undefined, log: () => undefined },
    blobs: {
      open: (name: string) => Promise.resolve({ path: join(folder, name), filename: 'shop.csv' }),
      upload: async (path: string, name: string) => {
        rows = (await readFile(path, 'utf8'))
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as GenerationRow)
        return { name, sha256: '0'.repeat(64), bytes: 1 }
      },
    },
    chat: (request: ChatRequest) =>
      new Promise((resolve) => {
        resolve(answer(chat(request)))
      }),
  }
  return await generate(task as unknown as Task)
}

test('a template over rows gives one text per row, in their order', async () => {
  const outputs = await run(
    { type: 'rows', template: 'Describe {{ title }}.', rows: [{ Title: 'Board' }, { Title: 'Cup' }] },
    ({ messages }) => messages[0]?.content as string,
  )

  expect(outputs).toMatchObject({ items: 2, failed_items: 0, tokens: 4 })
  expect(rows).toMatchObject([
    { index: 0, text: 'Describe Board.', metadata: { Title: 'Board' } },
    { index: 1, text: 'Describe Cup.', usage },
  ])
})

test('an item that fails carries its error, and the others their text', async () => {
  const outputs = await run({ type: 'rows', template: '{{ n }}', rows: [{ n: 1 }, { n: 2 }] }, ({ messages }) => {
    if (messages[0]?.content === '1') throw new StepFailed('context_length_exceeded', 'too long')
    return 'fine'
  })
  expect(outputs).toMatchObject({ items: 2, failed_items: 1 })
  expect(rows).toMatchObject([
    { text: null, usage: null, error: { code: 'context_length_exceeded' } },
    { text: 'fine', error: null },
  ])
})

test('the job fails when every item does', async () => {
  await expect(
    run({ type: 'rows', template: '{{ n }}', rows: [{ n: 1 }] }, () => {
      throw new StepFailed('model_not_found', 'no such model')
    }),
  ).rejects.toMatchObject({ code: 'model_not_found' })
})

test('the other model writes the first items too', async () => {
  await run({ type: 'rows', template: '{{ n }}', rows: [{ n: 1 }, { n: 2 }] }, ({ model }) => model, {
    compare_with: 'base',
    compare_items: 1,
  })
  expect(rows).toMatchObject([
    { text: 'm', compare_text: 'base' },
    { text: 'm', compare_text: null },
  ])
})

test('a product export is crossed with languages and channels', async () => {
  await writeFile(join(folder, 'file_1'), 'Handle,Title,Body (HTML),Facts EN\nboard,Board,<p>Oak</p>,oak; 30 cm\n')
  await run(
    {
      type: 'products',
      file_id: 'file_1',
      format: 'shopify-products',
      languages: ['en', 'de'],
      channels: ['shop', 'social'],
      fact_columns: { en: ['Facts EN'] },
      prompt_template: '{{ title }} {{ language }} {{ channel }} {{ facts | join("/") }}',
    },
    ({ messages }) => messages[0]?.content as string,
  )

  expect(rows.map(({ text }) => text)).toEqual([
    'Board en shop oak/30 cm',
    'Board en social oak/30 cm',
    'Board de shop',
    'Board de social',
  ])
  expect(rows[0]?.metadata).toMatchObject({
    product_id: 'board',
    language: 'en',
    channel: 'shop',
    facts: ['oak', '30 cm'],
  })
})

test('a template that does not parse fails the job with its reason', async () => {
  await expect(run({ type: 'rows', template: '{{ n ', rows: [{ n: 1 }] }, () => '')).rejects.toMatchObject({
    code: 'ingest_failed',
    message: expect.stringContaining('source.template'),
  })
})
