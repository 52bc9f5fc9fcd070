import { createHmac, randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '../../../server/contract/routes'
import { exampleWorkflows, withCredential } from '../../../scripts/n8n/examples.mjs'
import type { Workflow } from '../../../scripts/n8n/rest.mjs'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { startReceiver, type Receiver } from '../../support/receiver'
import { taskData } from './execution-data'
import { startN8nWorld, type N8nWorld } from './world'

/* The workflows of the examples, imported as `npm run n8n` does it and run on the default model and real engines. */
jest.setTimeout(1_200_000)

const names = {
  nightly: 'Forge example: nightly fine-tune',
  newProduct: 'Forge example: new product, caller waits for the texts',
  shopify: 'Forge example: Shopify product, texts pushed back',
  marketing: 'Forge example: marketing copy per channel',
  customerService: 'Forge example: customer service, reply or hand over',
}
/** These are run by tests of their own. */
const elsewhere = /agent|OpenAI/i
const shopSecret = 'hush-of-the-shop'

let folder: string
let forge: ForgeProcess
let world: N8nWorld | undefined
let shop: Receiver
const running = (): N8nWorld => {
  if (!world) throw new Error('n8n did not start.')
  return world
}
const ids = new Map<string, string>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forge-n8n-examples-'))
  chmodSync(folder, 0o755)
  shop = await startReceiver()
  forge = await startForge(folder, {
    FORGE_MODELS_DIR: join(root, '.models'),
    FORGE_LEASE_SECONDS: '30',
    FORGE_HEARTBEAT_SECONDS: '5',
  })
  world = await startN8nWorld({ N8N_RESTRICT_FILE_ACCESS_TO: join(root, 'examples') })
  const { rest } = running()
  const credential = await rest.credential({
    name: 'Forge',
    type: 'forgeApi',
    data: { baseUrl: forge.url, apiKey: 'chaos-admin-key-0123456789' },
  })
  const secret = await rest.credential({ name: 'Shop', type: 'crypto', data: { hmacSecret: shopSecret } })
  for (const workflow of exampleWorkflows().filter(({ name }) => Object.values(names).includes(name))) {
    const ready = withCredential(withCredential(workflow, credential), secret, 'crypto')
    const { id, name } = await rest.workflow(smaller(ready))
    ids.set(name, id)
  }
})
afterAll(async () => {
  await world?.stop()
  await forge.stop()
  await shop.close()
  rmSync(folder, { recursive: true, force: true })
})

/**
 * As many rows and as short texts as show that it works, and the shop of this test: a good text is not what is tested
 * here.
 */
const smaller = (workflow: Workflow): Workflow => {
  const options: Record<string, object> = {
    Ingest: { max_rows: 16, validation_split: 0.2 },
    Evaluate: { max_items: 1 },
  }
  const nodes = workflow.nodes.map((node) => {
    const given = options[String(node['name'])]
    const parameters = node['parameters'] as { schema?: string }
    if (node['name'] === 'Settings') return withSettings(node, { push_url: shop.url, languages: '["English"]' })
    const schema = parameters.schema?.replace(/"maxLength": \d+/g, '"maxLength": 24')
    const changed = { ...(schema === undefined ? {} : { schema }), ...(given === undefined ? {} : { options: given }) }
    return { ...node, parameters: { ...parameters, ...changed } }
  })
  return { ...workflow, nodes }
}
const withSettings = (node: Record<string, unknown>, values: Record<string, string>): Record<string, unknown> => {
  const { assignments, ...others } = node['parameters'] as { assignments: { assignments: { name: string }[] } }
  const changed = assignments.assignments.map((one) => (one.name in values ? { ...one, value: values[one.name] } : one))
  return { ...node, parameters: { ...others, assignments: { assignments: changed } } }
}
const idOf = (name: string): string => {
  const id = ids.get(name)
  if (id === undefined) throw new Error(`There is no example "${name}" among ${[...ids.keys()].join(', ')}.`)
  return id
}
const ended = async (executionId: string): Promise<{ status: string; data: string }> => {
  for (const end = Date.now() + 900_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const execution = await running().rest.execution(executionId)
    if (['success', 'error', 'crashed', 'canceled'].includes(execution.status)) return execution
  }
  throw new Error(`Execution ${executionId} did not end.\n${running().n8n.log().slice(-3000)}`)
}
/** Runs an example as the editor does, and gives what its nodes put out by their first output. */
const runInEditor = async (name: string, trigger: string): Promise<(node: string) => Record<string, unknown>[]> => {
  const execution = await ended(await running().rest.run(idOf(name), trigger))
  expect({ status: execution.status, data: execution.data.slice(-1500) }).toMatchObject({ status: 'success' })
  const runs = taskData(execution.data)
  return (node) => (runs[node]?.at(-1)?.data?.main[0] ?? []).map(({ json }) => json)
}
/** Activates an example and gives the call of its webhook. */
const published = async (name: string, path: string) => {
  await running().rest.activate(idOf(name))
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${running().n8n.url}/webhook/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
  return async (body: string, headers: Record<string, string> = {}): Promise<Response> => {
    let response = await post(body, headers)
    // n8n opens a webhook a moment after it has said that the workflow is active
    for (let tries = 0; response.status === 404 && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      response = await post(body, headers)
    }
    return response
  }
}
const generations = async () =>
  (await forge.client.call(routes.listJobs, { query: { limit: 100 } })).data.filter(({ kind }) => kind === 'generate')

test('every example is run by a test', () => {
  const all = exampleWorkflows().map(({ name }) => name)
  expect(all.filter((name) => !elsewhere.test(name)).sort()).toEqual(Object.values(names).sort())
})

test('the caller of the product webhook gets a text per channel, as the schema says', async () => {
  const call = await published(names.newProduct, 'forge-new-product')
  const response = await call(JSON.stringify({ title: 'Oak Bread Board', facts: 'oak; 38 x 24 cm' }))
  const items = (await response.json()) as { output: { title: string; text: string } }[]
  expect(items).toHaveLength(3)
  for (const { output } of items) expect(output).toEqual({ title: expect.any(String), text: expect.any(String) })
})

const [product] = JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'shopify-products.json'), 'utf8')) as [object]
/** A delivery as Shopify makes it; the body is signed as bytes. */
const delivery = (webhookId: string, secret = shopSecret): [string, Record<string, string>] => {
  const body = JSON.stringify(product, null, 1)
  return [
    body,
    {
      'x-shopify-topic': 'products/create',
      'x-shopify-webhook-id': webhookId,
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    },
  ]
}

test('a delivery that the shop did not sign is refused, and nothing is written', async () => {
  const call = await published(names.shopify, 'forge-shopify-product')
  const before = (await generations()).length

  expect((await call(...delivery(randomUUID(), 'guessed'))).status).toBe(401)
  const [body] = delivery(randomUUID())
  expect((await call(body)).status).toBe(401)
  expect(await generations()).toHaveLength(before)
  expect(shop.received).toEqual([])
})

test('a product of the shop gets a text per channel, pushed back; delivered twice, it is written once', async () => {
  const call = await published(names.shopify, 'forge-shopify-product')
  const before = (await generations()).length
  const webhookId = randomUUID()
  const answers = await Promise.all([call(...delivery(webhookId)), call(...delivery(webhookId))])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  await shop.nth(4)

  const pushed = shop.received.map(({ body, headers }) => ({ key: headers['idempotency-key'], body }))
  const keys = ['shop', 'social'].map((channel) => `${webhookId}-${channel}-English`)
  expect(pushed.map(({ key }) => key).sort()).toEqual([...keys, ...keys].sort())
  for (const key of keys) {
    const [first, second] = pushed.filter((one) => one.key === key).map(({ body }) => body)
    expect(first).toMatchObject({
      product_id: 7880321196742,
      language: 'English',
      title: expect.any(String),
      text: expect.any(String),
    })
    expect(second).toEqual(first)
  }
  expect(await generations()).toHaveLength(before + 1)
})

test('a campaign gets copy for each channel, in fields', async () => {
  const output = await runInEditor(names.marketing, 'Run Now')
  const text: unknown = expect.any(String)
  expect(output('Copy')).toEqual(
    ['newsletter', 'search ad', 'social post'].map((channel) => ({
      channel,
      headline: text,
      body: text,
      call_to_action: text,
    })),
  )
})

test('a customer’s message is answered or handed over, as the model says', async () => {
  const call = await published(names.customerService, 'forge-customer-message')
  const answer = (await (
    await call(JSON.stringify({ order: '1042', message: 'Where is my parcel?' }))
  ).json()) as Record<string, unknown>
  expect(['hand_over', 'reply']).toContain(answer['action'])
  expect(answer).toMatchObject({ intent: expect.any(String) })

  const output = await runInEditor(names.customerService, 'Try It')
  const { needs_human: needsHuman } = output('Draft')[0]?.['output'] as { needs_human: boolean }
  expect(output(needsHuman ? 'For a Person' : 'Reply')).toHaveLength(1)
  expect(output(needsHuman ? 'Reply' : 'For a Person')).toHaveLength(0)
})

test('the nightly workflow, started in the editor, ingests, tunes, judges and deploys', async () => {
  const output = await runInEditor(names.nightly, 'Run Now')
  expect(output('Tell Us It Is Live')).toMatchObject([
    { message: expect.stringMatching(/^n8n-shop-writer serves model_/) },
  ])
})
