import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IDataObject, INodeExecutionData } from 'n8n-workflow'
import type { ScriptedWorker } from '../support/scripted-worker'
import { startServer, type TestServer } from '../support/server'
import { completeIngest } from './support/jobs'
import { startN8n, type N8n } from './support/n8n'

let forge: TestServer
let n8n: N8n
let worker: ScriptedWorker

beforeAll(async () => {
  forge = await startServer({ FORGE_OUTGOING_ALLOW: '127.0.0.1' })
  n8n = await startN8n({ baseUrl: forge.url, apiKey: forge.adminKey })
  worker = await forge.worker('scripted')
}, 60_000)
afterAll(async () => {
  await n8n.stop()
  await forge.stop()
})

const byId = (value: string) => ({ __rl: true, mode: 'id', value })
const file = (fileName: string, text: string): INodeExecutionData => ({
  json: {},
  binary: { data: { data: Buffer.from(text).toString('base64'), mimeType: 'text/csv', fileName } },
})
const contents = async (ids: string[]): Promise<string[]> =>
  await Promise.all(
    ids.map(async (id) => {
      const response = await fetch(`${forge.url}/v1/files/${id}/content`, {
        headers: { authorization: `Bearer ${forge.adminKey}` },
      })
      return await response.text()
    }),
  )

test('the files of all items are uploaded as they are and make one dataset', async () => {
  const parked = await n8n.run(
    [
      {
        name: 'Ingest',
        type: 'forgeIngest',
        parameters: {
          operation: 'fromFiles',
          dataset_name: 'files',
          binary_field: 'data',
          format: 'prompt-completion',
          options: { validation_split: 0.2, redact_personal_data: true },
        },
      },
    ],
    [file('a.csv', 'prompt,completion\nä,b\n'), file('b.csv', 'prompt,completion\nc,d\n')],
  )
  const lease = await worker.take()
  expect(lease.input).toMatchObject({
    name: 'files',
    options: { format: 'prompt-completion', validation_split: 0.2, redact_personal_data: true },
  })
  const { file_ids: ids } = lease.input['source'] as unknown as { file_ids: string[] }
  expect(await contents(ids)).toEqual(['prompt,completion\nä,b\n', 'prompt,completion\nc,d\n'])
  await completeIngest(worker, lease)

  expect((await n8n.ended(parked.id)).json('Ingest')).toMatchObject([{ dataset_name: 'files', version: 1 }])
})

test('the items of the WooCommerce node travel as they are, and are added to the newest version on request', async () => {
  const products = JSON.parse(
    readFileSync(join(__dirname, '..', 'fixtures', 'woocommerce-products.json'), 'utf8'),
  ) as IDataObject[]
  const options = { append: true, product_prompt: 'Describe {{ name }}' }
  const parked = await n8n.run(
    [
      {
        name: 'Ingest',
        type: 'forgeIngest',
        parameters: {
          operation: 'fromItems',
          dataset_name: 'files',
          rows: 'items',
          format: 'woocommerce-products',
          options,
        },
      },
    ],
    products.map((json) => ({ json })),
  )
  const lease = await worker.take()
  expect(lease.input).toMatchObject({
    append: true,
    source: { type: 'rows', rows: products },
    options: { format: 'woocommerce-products', product_texts: { prompt_template: 'Describe {{ name }}' } },
  })
  expect(lease.append_to).toMatchObject({ version: 1 })
  await completeIngest(worker, lease)

  expect((await n8n.ended(parked.id)).json('Ingest')).toMatchObject([
    { version: 2, parent_version_id: lease.append_to?.dataset_version_id },
  ])
})

test('more than 1,000 items travel as one file', async () => {
  const parked = await n8n.run(
    [
      {
        name: 'Ingest',
        type: 'forgeIngest',
        parameters: { operation: 'fromItems', dataset_name: 'many', rows: 'items', format: 'prompt-completion' },
      },
    ],
    Array.from({ length: 1001 }, (_, index) => ({ json: { prompt: `p${index}`, completion: 'c' } })),
  )
  const lease = await worker.take()
  const { file_ids: ids } = lease.input['source'] as unknown as { file_ids: string[] }
  const [lines = ''] = await contents(ids)
  expect(lines.trimEnd().split('\n')).toHaveLength(1001)
  await completeIngest(worker, lease)
  await n8n.ended(parked.id)
})

test('a source is fetched by the worker, not by n8n', async () => {
  const parked = await n8n.run(
    [
      {
        name: 'Ingest',
        type: 'forgeIngest',
        parameters: { operation: 'fromSource', dataset_name: 'web', source: 'url', url: 'https://example.com/a.csv' },
      },
    ],
    [{ json: {} }],
  )
  const lease = await worker.take()
  expect(lease.input).toMatchObject({ source: { type: 'url', url: 'https://example.com/a.csv' } })
  await worker.fail(lease, 'ingest_failed', 'a.csv is empty.')

  expect((await n8n.ended(parked.id)).error).toMatchObject({ message: 'a.csv is empty.' })
})

test('a name that no dataset can have is named before anything is sent', async () => {
  const run = await n8n.run(
    [
      {
        name: 'Ingest',
        type: 'forgeIngest',
        parameters: { operation: 'fromItems', dataset_name: 'My Data', rows: 'pairs', prompt: 'a', completion: 'b' },
      },
    ],
    [{ json: {} }],
  )

  expect(run.error).toMatchObject({ message: '"My Data" cannot be the name of a dataset' })
})

const fineTune = (operation: string, more: object = {}) => ({
  name: 'Fine-Tune',
  type: 'forgeFineTune',
  parameters: { operation, base_model: byId('smollm2-135m-instruct'), dataset: byId('files'), ...more },
})

test('an estimate starts nothing', async () => {
  const run = await n8n.run([fineTune('estimate')], [{ json: {} }])

  expect(run.status).toBe('success')
  expect(run.json('Fine-Tune')).toMatchObject([{ currency: expect.any(String), basis: expect.any(String) }])
  expect(await worker.ask()).toBeNull()
})

test('Start goes on at once, and the same key never starts it twice', async () => {
  const start = fineTune('start', { options: { idempotency_key: 'order-17', priority: 2 } })
  const [first, again] = [await n8n.run([start], [{ json: {} }]), await n8n.run([start], [{ json: {} }])]

  expect(first.json('Fine-Tune')).toMatchObject([{ kind: 'fine-tune', status: 'queued', job_id: expect.any(String) }])
  expect(again.json('Fine-Tune')[0]?.['job_id']).toBe(first.json('Fine-Tune')[0]?.['job_id'])
})

test('an expression that gives no dataset is named before anything is sent', async () => {
  const run = await n8n.run([fineTune('start', { dataset: byId('={{ $json.missing }}') })], [{ json: {} }])

  expect(run.status).toBe('error')
  expect(run.error).toMatchObject({ message: 'No dataset is chosen' })
})
