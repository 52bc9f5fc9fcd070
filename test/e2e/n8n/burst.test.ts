import { links, node, webhook } from './flow-nodes'
import { start, startFlowWorld, type Flow, type FlowWorld } from './flow-world'
import { startResultReceiver, type ResultReceiver } from './result-receiver'

/*
 * A shop sends an event for each of 200 new products, and one in five of them twice, as shops do that miss an answer.
 * Every event must have its text, and no text may be written twice. FORGE_TEST_BURST takes another number of products.
 */
jest.setTimeout(1_200_000)

const products = Number(process.env['FORGE_TEST_BURST'] ?? 200)
/** events on their way at the same time */
const atOnce = 16

interface Event {
  /** of this sending */
  delivery: string
  /** the same when the event is sent again */
  event_id: string
  title: string
}
interface Result {
  delivery: string
  event_id: string
  text: string
}
let world: FlowWorld
let shop: ResultReceiver<Result>
let flow: Flow
/** What has started: the next one may not. */
const started: { stop: () => Promise<unknown> }[] = []
beforeAll(async () => {
  world = await startFlowWorld({ FORGE_LEASE_SECONDS: '30', FORGE_HEARTBEAT_SECONDS: '5' })
  started.push(world)
  shop = await startResultReceiver<Result>(({ delivery }) => delivery)
  started.push(shop)
  flow = await world.publish(
    'product-created',
    [
      webhook('product-created'),
      node(
        'Generate',
        'n8n-nodes-forge.forgeGenerate',
        {
          operation: 'batch',
          model: { __rl: true, mode: 'id', value: 'smollm2-135m-instruct' },
          user: '=Describe: {{ $json.body.title }}',
          options: { idempotency_key: '={{ $json.body.event_id }}', max_tokens: 4 },
        },
        { credentials: { forgeApi: world.credential } },
      ),
      node(
        'Send Text',
        'n8n-nodes-base.httpRequest',
        {
          method: 'POST',
          url: shop.url,
          sendBody: true,
          specifyBody: 'json',
          jsonBody:
            '={{ JSON.stringify({ delivery: $("Webhook").item.json.body.delivery, event_id: $("Webhook").item.json.body.event_id, text: $json.text }) }}',
          options: {},
        },
        { typeVersion: 4.2 },
      ),
    ],
    links('Webhook', 'Generate', 'Send Text'),
  )
})
afterAll(async () => {
  for (const each of started) await each.stop()
})

const eventOf = (product: number, sending = 1): Event => ({
  delivery: `product-${product}/${sending}`,
  event_id: `product-${product}`,
  title: `Oak board no. ${product}`,
})
/** Every fifth event comes again: some at once, while the first is on its way, some much later. */
const events = (): Event[] => {
  const all = Array.from({ length: products }, (_, product) => eventOf(product))
  for (let product = 0; product < products; product += 5) {
    const first = all.findIndex(({ event_id }) => event_id === `product-${product}`)
    all.splice(first + 1 + (product % 3) * atOnce, 0, eventOf(product, 2))
  }
  return all
}
const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN

test('every event of a burst has its text, and none has two, though one in five comes twice', async () => {
  const warm = { delivery: 'warm-up', event_id: 'warm-up', title: 'Oak board' }
  await start(flow.url, warm)
  await shop.arrival(warm.delivery)
  const waiting = events()
  const sent = waiting.length
  const took_ms: number[] = []
  const begun = performance.now()
  const sendOneByOne = async (): Promise<void> => {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      const at = performance.now()
      await start(flow.url, event)
      await shop.arrival(event.delivery)
      took_ms.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendOneByOne))
  took_ms.sort((a, b) => a - b)
  const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(2)
  console.log(
    `${products} products, ${sent} events, ${atOnce} at once: ${seconds(performance.now() - begun)} s; webhook to text p50 ${seconds(quantile(took_ms, 0.5))} s, p95 ${seconds(quantile(took_ms, 0.95))} s`,
  )

  const results = shop.received.filter(({ delivery }) => delivery !== warm.delivery)
  expect(results.map(({ delivery }) => delivery).sort()).toEqual(
    events()
      .map(({ delivery }) => delivery)
      .sort(),
  )
  const texts = new Map<string, Set<string>>()
  for (const { event_id, text } of results) texts.set(event_id, (texts.get(event_id) ?? new Set()).add(text))
  expect(texts.size).toBe(products)
  expect([...texts.values()].filter((all) => all.size !== 1 || all.has(''))).toEqual([])

  const jobs = await world.sql<{ key: string; status: string; title: string }>(
    `select g.idempotency_key as key, j.status, j.input -> 'source' -> 'items' -> 0 -> 'messages' -> 0 ->> 'content' as title
     from app.job j join app.job_group g on g.id = j.group_id where j.kind = 'generate' and g.idempotency_key <> 'warm-up'`,
  )
  expect(jobs.filter(({ status }) => status !== 'succeeded')).toEqual([])
  expect(jobs.map(({ key }) => key).sort()).toEqual(
    Array.from({ length: products }, (_, product) => `product-${product}`).sort(),
  )
  expect(new Set(jobs.map(({ title }) => title)).size).toBe(products)
  expect(await world.sql(`select id from app.job where kind = 'generate'`)).toHaveLength(products + 1)
})
