/**
 * Part C: product webhooks as a shop sends them, a fifth of them twice with the same webhook id. Each execution parks on
 * a generation whose idempotency key is that id, then delivers the text.
 */
import { createServer } from 'node:http'
import { node, publish, waitFor } from './executions.mts'
import { load, percentile, printTable, rounded } from '../bench/figures.mts'
import { deploymentName, routes } from '../bench/forge.mts'
import type { World } from './world.mts'

const sendersAtOnce = 20
const everySecondTime = 5

/** Where the texts are delivered: the time at which each product's first one came. */
const openShop = async () => {
  const delivered = new Map<string, number>()
  let deliveries = 0
  const server = createServer((request, response) => {
    const product = new URL(request.url ?? '/', 'http://shop').searchParams.get('product') ?? ''
    deliveries += 1
    if (!delivered.has(product)) delivered.set(product, performance.now())
    request.resume()
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}`, delivered, deliveries: () => deliveries, close: () => server.close() }
}

const countJobs = async ({ forge: { client } }: World): Promise<number> => {
  let count = 0
  for (let after: string | undefined; ; ) {
    const page = await client.call(routes.listJobs, {
      query: { kind: 'generate', limit: 100, ...(after === undefined ? {} : { after }) },
    })
    count += page.data.length
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return count
  }
}

export const measureBurst = async (world: World, products: number) => {
  const shop = await openShop()
  const write = node(
    'Write',
    'n8n-nodes-forge.forgeGenerate',
    1,
    {
      operation: 'batch',
      model: { __rl: true, mode: 'id', value: deploymentName },
      system: 'Be brief.',
      user: '=Name product {{ $json.body.title }}.',
      format: 'text',
      options: { max_tokens: 8, idempotency_key: "={{ $json.headers['x-shopify-webhook-id'] }}" },
    },
    { credentials: { forgeApi: world.credentials.forgeApi } },
  )
  const deliver = node('Deliver', 'n8n-nodes-base.httpRequest', 4.2, {
    method: 'POST',
    url: `=${shop.url}/?product={{ $('Webhook').item.json.body.id }}`,
    sendBody: true,
    specifyBody: 'json',
    jsonBody: '={{ JSON.stringify({ text: $json.text }) }}',
    options: {},
  })
  const { id, start } = await publish(world, 'burst', [write, deliver])
  // the webhook must be open before it is timed
  await start({ id: 'warm-up', title: 'lamp' }, { 'x-shopify-webhook-id': 'warm-up' })
  await waitFor(world, id, 1)
  const jobsBefore = await countJobs(world)
  const deliveriesBefore = shop.deliveries()

  const events = Array.from({ length: products }, (_, n) => (n % everySecondTime === 0 ? [n, n] : [n])).flat()
  const sentAt = new Map<number, number>()
  const answers: number[] = []
  const queue = [...events]
  const sender = async (): Promise<void> => {
    for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
      const begun = performance.now()
      if (!sentAt.has(n)) sentAt.set(n, begun)
      await start({ id: `p${n}`, title: `lamp ${n}` }, { 'x-shopify-webhook-id': `hook-${n}` })
      answers.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: sendersAtOnce }, sender))
  await waitFor(world, id, events.length + 1, { limitMs: 1_800_000 }).catch((error: Error) =>
    console.error(error.message),
  )
  shop.close()

  const deliveryMs = [...sentAt].flatMap(([n, begun]) => {
    const arrived = shop.delivered.get(`p${n}`)
    return arrived === undefined ? [] : [arrived - begun]
  })
  const result = {
    products,
    events: events.length,
    answer_ms: answers,
    delivery_ms: deliveryMs,
    lost: products - deliveryMs.length,
    doubled: (await countJobs(world)) - jobsBefore - products,
    deliveries: shop.deliveries() - deliveriesBefore,
    load: load(),
  }
  printTable(`${products} products, ${events.length} events, ${sendersAtOnce} at once`, [
    {
      answer_p50_ms: rounded(percentile(answers, 0.5), 0),
      answer_p95_ms: rounded(percentile(answers, 0.95), 0),
      text_p50_s: rounded(percentile(deliveryMs, 0.5) / 1000, 1),
      text_p95_s: rounded(percentile(deliveryMs, 0.95) / 1000, 1),
      lost: result.lost,
      doubled: result.doubled,
      load: result.load,
    },
  ])
  return result
}
