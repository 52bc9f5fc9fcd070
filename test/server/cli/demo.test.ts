import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runDemo } from '../../../server/cli/demo'
import { jobWith } from './job'

const steps = ['ingest', 'fine-tune', 'evaluate', 'deploy', 'generate'] as const
const results: Record<string, Record<string, string>> = {
  'fine-tune': { model_id: 'model_1' },
  evaluate: { evaluation_id: 'eval_1' },
  deploy: { name: 'shop-writer' },
}
const side = (model: string, loss: number) => ({
  model,
  all: { loss },
  by_language: { en: { loss } },
  perplexity: null,
})
const metadata = { product_id: 'oak', title: 'Oak Board', language: 'en', channel: 'shop' }

/** What a server answers when a run has ended; a step in `failed` failed. */
const replies = (failed: string | null, passed: boolean): Record<string, unknown> => ({
  'PUT /v1/files/content': {
    id: 'file_1',
    object: 'file',
    bytes: 1,
    created_at: 0,
    filename: 'x',
    purpose: 'dataset',
    status: 'processed',
    sha256: '',
  },
  'POST /v1/recipes': { id: 'job_run', object: 'recipe_run', name: 'ecommerce-content', status: 'running', steps: [] },
  'GET /v1/recipes/job_run': {
    id: 'job_run',
    object: 'recipe_run',
    name: 'ecommerce-content',
    status: failed === null ? 'succeeded' : 'failed',
    steps: steps.map((name) => ({ name, kind: name, job_id: name, status: name === failed ? 'failed' : 'succeeded' })),
  },
  ...Object.fromEntries(
    steps.map((kind) => [
      `GET /v1/jobs/${kind}`,
      jobWith({ id: kind, kind, status: kind === failed ? 'failed' : 'succeeded', result: results[kind] ?? {} }),
    ]),
  ),
  'GET /v1/models/model_1': {
    id: 'model_1',
    base_model: 'base',
    artifacts: [{ name: 'adapter.safetensors', sha256: '', bytes: 5 }],
  },
  'GET /v1/models/model_1/content/adapter.safetensors': 'bytes',
  'GET /v1/evaluations/eval_1': {
    id: 'eval_1',
    result: {
      model: side('model_1', 2),
      baseline: side('base', 4),
      notes: [],
      gate: { passed, checks: [{ metric: 'loss', rule: 'improve_by 0.1', value: 2, baseline: 4, passed }] },
    },
  },
  'GET /v1/evaluations/eval_1/items': { items: [] },
  'GET /v1/generations/generate': {
    rows: [
      { index: 0, metadata, text: 'Cut from oak.', compare_text: 'An amazing board!', usage: null, error: null },
      {
        index: 1,
        metadata: { ...metadata, language: 'de' },
        text: 'Aus Eiche.',
        compare_text: null,
        usage: null,
        error: null,
      },
    ],
  },
})

let server: Server | undefined
let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forge-demo-'))
})
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  await rm(dataDir, { recursive: true })
})

const demo = async (failed: string | null, passed = true) => {
  const answers = replies(failed, passed)
  const started = createServer((request, response) => {
    request.resume().on('end', () => {
      const reply = answers[`${request.method ?? ''} ${(request.url ?? '').split('?')[0] ?? ''}`]
      if (reply === undefined) response.writeHead(500)
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply))
    })
  })
  server = started
  await new Promise<void>((ready) => started.listen(0, '127.0.0.1', ready))
  let text = ''
  const code = await runDemo({
    serverUrl: `http://127.0.0.1:${(started.address() as AddressInfo).port}`,
    apiKey: 'key',
    dataDir,
    isTerminal: false,
    exampleDir: join(__dirname, '..', '..', '..', 'examples', 'ecommerce-content'),
    out: { write: (part) => (text += part) },
  })
  return { code, text }
}

test('the demo prints evaluation, texts and totals, and saves what was made', async () => {
  const { code, text } = await demo(null)
  expect(code).toBe(0)
  for (const part of [
    'loss',
    '-50 %',
    'The gate is open.',
    'An amazing board!',
    'Cut from oak.',
    'Aus Eiche.',
    'What it took',
    '"model":"shop-writer"',
  ])
    expect(text).toContain(part)
  expect(await readFile(join(dataDir, 'out', 'adapter', 'adapter.safetensors'), 'utf8')).toBe('bytes')
  expect(await readFile(join(dataDir, 'out', 'generated.csv'), 'utf8')).toContain('Aus Eiche.')
})

test('a failed step and a closed gate both give the exit code 1', async () => {
  expect((await demo('fine-tune')).code).toBe(1)
  server?.close()
  const { code, text } = await demo(null, false)
  expect(code).toBe(1)
  expect(text).toContain('The gate is closed')
})
