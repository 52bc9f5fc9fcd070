import { Client } from 'pg'
import { Webhook } from 'standardwebhooks'
import { events, type EventType } from '../../../server/contract/events'
import { routes } from '../../../server/contract/routes'
import { emitEvent } from '../../../server/storage/sql/emit-event'
import { eventsAfterPosition, type Position } from '../../../server/webhooks/read-events'
import { startReceiver, type Receiver } from '../../support/receiver'
import { serverEvents } from '../../support/server-events'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let receiver: Receiver
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

const endpoint = (wanted: EventType[] | null = null) =>
  server.clients.write.call(routes.createWebhookEndpoint, { body: { url: receiver.url, events: wanted } })
const sleepToEnd = async (): Promise<string> => {
  const { id } = await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  await server.clients.write.call(routes.cancelJob, { params: { id } })
  return id
}
const emit = (type: 'job_group.ended', groupId: string): Promise<void> =>
  server.db.transaction().execute((tx) => emitEvent(tx, 'proj_default', type, { group_id: groupId, status: 'failed' }))

test('an endpoint gets the events that it asked for, signed with its own secret', async () => {
  const made = await endpoint(['job.cancelled'])
  expect(made.secret).toMatch(/^whsec_/)
  await emit('job_group.ended', 'grp_unasked')
  const id = await sleepToEnd()
  const call = await receiver.nth(1)
  const verified = new Webhook(made.secret).verify(call.text, call.headers as Record<string, string>)
  expect(verified).toMatchObject({ object: 'event', type: 'job.cancelled', data: { job_id: id, kind: 'sleep' } })
  expect(call.headers['webhook-id']).toBe((verified as { id: string }).id)
})

test('registering an address again changes its endpoint and gives the same secret', async () => {
  const first = await endpoint(['job.failed'])
  const second = await endpoint(['job.succeeded'])
  expect(second).toMatchObject({ id: first.id, secret: first.secret, events: ['job.succeeded'] })
  const shown = await server.clients.read.call(routes.getWebhookEndpoint, { params: { id: first.id } })
  expect(shown).not.toHaveProperty('secret')
})

test('an answer that was lost is followed by the same event; a person can send it once more', async () => {
  receiver.react((_call, nth) => (nth === 1 ? 'drop' : { status: 200 }))
  const { id } = await endpoint(['job.cancelled'])
  await sleepToEnd()
  const first = await receiver.nth(1)
  const list = () => server.clients.read.call(routes.listWebhookDeliveries, { params: { id } })
  let delivery = (await list()).data[0]!
  for (; delivery.attempts < 1; delivery = (await list()).data[0]!) await new Promise((done) => setTimeout(done, 20))
  expect(delivery).toMatchObject({ status: 'pending', last_status: null })
  await server.clients.write.call(routes.redeliverWebhook, { params: { id: delivery.id } })
  expect((await receiver.nth(2)).headers['webhook-id']).toBe(first.headers['webhook-id'])
})

test('a receiver that hangs delays no other', async () => {
  const hanging = await startReceiver()
  const release = Promise.withResolvers<{ status: number }>()
  hanging.react(() => release.promise)
  await server.clients.write.call(routes.createWebhookEndpoint, {
    body: { url: hanging.url, events: ['job.cancelled'] },
  })
  await endpoint(['job.cancelled'])
  await sleepToEnd()
  await hanging.nth(1)
  // the first call hangs still when the second event comes
  await sleepToEnd()
  await receiver.nth(2)
  release.resolve({ status: 200 })
  await hanging.nth(2)
  await hanging.close()
})

test('an endpoint that is gone is switched off and says why; switching it on clears that', async () => {
  receiver.react(() => ({ status: 410, text: 'no longer here' }))
  const { id } = await endpoint(['job.cancelled'])
  await sleepToEnd()
  const get = () => server.clients.read.call(routes.getWebhookEndpoint, { params: { id } })
  let seen = await get()
  for (; seen.enabled; seen = await get()) await new Promise((done) => setTimeout(done, 20))
  expect(seen.disabled_reason).toContain('410 Gone')
  const on = await server.clients.write.call(routes.updateWebhookEndpoint, { params: { id }, body: { enabled: true } })
  expect(on).toMatchObject({ enabled: true, disabled_reason: null })
})

test('an endpoint to which three events in a row could not be delivered is switched off, and sends again when on', async () => {
  receiver.react(() => ({ status: 500, text: 'out of order' }))
  const { id } = await endpoint(['job_group.ended'])
  for (const name of ['grp_a', 'grp_b', 'grp_c']) await emit('job_group.ended', name)
  await receiver.nth(3)
  const list = async () => (await server.clients.read.call(routes.listWebhookDeliveries, { params: { id } })).data
  while ((await list()).some(({ attempts }) => attempts === 0)) await new Promise((done) => setTimeout(done, 20))
  // ten tries in three days are planned; the test does not wait for them
  await server.db
    .updateTable('app.webhook_delivery')
    .set({ attempts: 10, next_attempt_at: new Date(0) })
    .where('endpoint_id', '=', id)
    .execute()
  const get = () => server.clients.read.call(routes.getWebhookEndpoint, { params: { id } })
  let seen = await get()
  for (; seen.enabled; seen = await get()) await new Promise((done) => setTimeout(done, 20))
  expect(seen.disabled_reason).toContain('3 events in a row could not be delivered')
  expect(seen.disabled_reason).toContain('HTTP 500: out of order')
  const given = await list()
  expect(given.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed'])

  receiver.react(() => ({ status: 200 }))
  await server.clients.write.call(routes.updateWebhookEndpoint, { params: { id }, body: { enabled: true } })
  const before = receiver.received.length
  await server.clients.write.call(routes.redeliverWebhook, { params: { id: given[0]!.id } })
  expect((await receiver.nth(before + 1)).headers['webhook-id']).toBe(given[0]!.event_id)
})

test('a test call is answered for at once, also by a receiver that is away', async () => {
  const { id } = await endpoint()
  const good = await server.clients.write.call(routes.testWebhookEndpoint, { params: { id } })
  expect(good).toMatchObject({ delivered: true, status: 200 })
  expect((await receiver.nth(1)).body).toMatchObject({ object: 'event', test: true })
  await receiver.close()
  const bad = await server.clients.write.call(routes.testWebhookEndpoint, { params: { id } })
  expect(bad).toMatchObject({ delivered: false, status: null, answer: expect.stringContaining('ECONNREFUSED') })
})

test.each(Object.keys(events) as EventType[])('a sample of %s fits its schema, real or made up', async (type) => {
  const sample = await server.clients.read.call(routes.getEventSample, { query: { type } })
  expect(sample.type).toBe(type)
  expect(events[type].data.safeParse(sample.data).error).toBeUndefined()
})

test('an event whose transaction commits late is read late, and never passed over', async () => {
  const { db, databaseUrl } = server
  const slow = new Client({ connectionString: databaseUrl })
  await slow.connect()
  let position: Position = (await eventsAfterPosition(db, { xid: '0', id: '' })).at(-1) ?? { xid: '0', id: '' }
  await slow.query('begin')
  await slow.query(
    `insert into app.event (id, project_id, type, data) values ('evt_0', 'proj_default', 'job_group.ended', '{}')`,
  )
  await emit('job_group.ended', 'grp_fast')
  expect(await eventsAfterPosition(db, position)).toEqual([])
  await slow.query('commit')
  await slow.end()
  const read: string[] = []
  for (const event of await eventsAfterPosition(db, position)) {
    position = event
    read.push(event.id === 'evt_0' ? 'slow' : String(event.data['group_id']))
  }
  expect(read).toEqual(['slow', 'grp_fast'])
})

test('events are listed by their types', async () => {
  await emit('job_group.ended', 'grp_listed')
  await sleepToEnd()
  const typesOf = async (types: string) => {
    const { data } = await server.clients.read.call(routes.listEvents, { query: { types, limit: 100 } })
    return [...new Set(data.map(({ type }) => type))].sort()
  }
  expect(await typesOf('job_group.ended')).toEqual(['job_group.ended'])
  expect(await typesOf('job.cancelled,job_group.ended')).toEqual(['job.cancelled', 'job_group.ended'])
  await expect(typesOf('job.exploded')).rejects.toMatchObject({ code: 'invalid_request' })
})

test('a stream does not begin after an event that is not there', async () => {
  const wanted = server.clients.read.stream(routes.streamEvents, {}, { headers: { 'last-event-id': 'evt_other' } })
  await expect(wanted).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('evt_other') })
})

test('the stream goes on after the last event that was seen', async () => {
  /** Events up to the one about `until`: its id, and what it is about. */
  const read = async (headers: Record<string, string>, until: string, query = {}): Promise<[string, unknown][]> => {
    const seen: [string, unknown][] = []
    const stream = await server.clients.read.stream(routes.streamEvents, { query }, { headers, timeoutMs: 20_000 })
    for await (const { id, data } of serverEvents(stream)) {
      const { job_id, group_id } = data['data'] as Record<string, unknown>
      seen.push([id ?? '', job_id ?? group_id])
      if (group_id !== until) continue
      stream.destroy()
      return seen
    }
    throw new Error(`The stream ended without ${until}: ${JSON.stringify(seen)}`)
  }
  const subjects = (seen: [string, unknown][]): unknown[] => seen.map(([, subject]) => subject)
  await emit('job_group.ended', 'grp_zero')
  const [start] = (await server.clients.read.call(routes.listEvents, { query: { types: 'job_group.ended', limit: 1 } }))
    .data
  const after = { 'last-event-id': start!.id }
  const job = await sleepToEnd()
  await emit('job_group.ended', 'grp_one')
  const first = await read(after, 'grp_one')
  expect(subjects(first)).toEqual([job, 'grp_one'])
  await emit('job_group.ended', 'grp_two')
  expect(subjects(await read({ 'last-event-id': first.at(-1)![0] }, 'grp_two'))).toEqual(['grp_two'])
  expect(subjects(await read(after, 'grp_two', { types: 'job_group.ended' }))).toEqual(['grp_one', 'grp_two'])
})
