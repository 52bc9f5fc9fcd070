import { ApiError } from '../../../../server/client/client'
import type { JobGroup } from '../../../../server/contract/job-groups'
import { routes } from '../../../../server/contract/routes'
import { startReceiver, type Receiver } from '../../../support/receiver'
import type { ScriptedWorker } from '../../../support/scripted-worker'
import { startServer, type TestServer } from '../../../support/server'
import { unique } from '../../../support/unique'

let server: TestServer
let worker: ScriptedWorker
let receiver: Receiver
let other: Receiver
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('find-group')
}, 60_000)
afterAll(() => server.stop())
beforeEach(async () => {
  receiver = await startReceiver()
  other = await startReceiver()
})
afterEach(async () => {
  await receiver.close()
  await other.close()
})

interface Given {
  callback_url?: string
  deadline_seconds?: number
  orphan_after_seconds?: number
  on_existing?: 'return' | 'replace_failed'
}
const create = (body: Given, key: string | null, headers: Record<string, string> = {}): Promise<JobGroup> =>
  server.clients.write.call(
    routes.createJobGroup,
    { body: { jobs: [{ kind: 'sleep', input: { seconds: 1 } }], ...body } },
    key === null ? { headers } : { idempotencyKey: key, headers },
  )
const get = (id: string): Promise<JobGroup> => server.clients.read.call(routes.getJobGroup, { params: { id } })
const cancel = (id: string): Promise<JobGroup> => server.clients.write.call(routes.cancelJobGroup, { params: { id } })
const refusal = async (call: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await call.catch((cause: unknown) => cause)
  if (error instanceof ApiError) return error
  throw new Error('it was accepted', { cause: error })
}

test('the same key gives the same group, also to twins at once and when nobody waits any more', async () => {
  const key = unique('group')
  const body: Given = { callback_url: receiver.url }
  const [one, two] = await Promise.all([create(body, key), create(body, key)])
  expect(two.id).toBe(one.id)
  receiver.react(() => ({ status: 410 }))
  expect((await create(body, key)).id).toBe(one.id)
  const error = await refusal(create({ ...body, deadline_seconds: 60 }, key))
  expect(error).toMatchObject({ code: 'idempotency_conflict', message: expect.stringContaining('deadline_seconds') })
  await cancel(one.id)
})

test('another caller with the same key is called back too, also when the group has ended by then', async () => {
  const key = unique('group')
  const group = await create({ callback_url: receiver.url }, key)
  expect((await create({ callback_url: other.url }, key)).id).toBe(group.id)
  await worker.complete(await worker.take())
  const calls = [await receiver.nth(1), await other.nth(1)]
  expect(calls.map(({ body }) => body['group_id'])).toEqual([group.id, group.id])
  expect(calls[0]?.headers['webhook-id']).not.toBe(calls[1]?.headers['webhook-id'])

  const late = await startReceiver()
  expect((await create({ callback_url: late.url }, key)).id).toBe(group.id)
  expect((await late.nth(1)).body).toMatchObject({ group_id: group.id, status: 'succeeded' })
  await late.close()
})

test('who asks again at the same address after the callback is called again, as a new message', async () => {
  const key = unique('group')
  const group = await create({ callback_url: receiver.url }, key)
  await worker.complete(await worker.take())
  const first = await receiver.nth(1)
  while ((await get(group.id)).callback?.status !== 'delivered') await new Promise((done) => setTimeout(done, 20))
  expect((await create({ callback_url: receiver.url }, key)).id).toBe(group.id)
  const second = await receiver.nth(2)
  expect(second.text).toBe(first.text)
  expect(second.headers['webhook-id']).not.toBe(first.headers['webhook-id'])
})

test('another caller must be reachable, and the group stays as it was', async () => {
  const key = unique('group')
  const group = await create({ callback_url: receiver.url }, key)
  other.react(() => ({ status: 404 }))
  expect(await refusal(create({ callback_url: other.url }, key))).toMatchObject({ code: 'callback_unreachable' })
  expect((await get(group.id)).callback?.url).toContain(String(receiver.port))
  await cancel(group.id)
})

test('a group goes on while one of two callers waits', async () => {
  const key = unique('group')
  const group = await create({ callback_url: receiver.url, orphan_after_seconds: 1 }, key)
  await create({ callback_url: other.url, orphan_after_seconds: 1 }, key)
  let pings = 0
  const askedOften = new Promise<void>((resolve) => {
    receiver.react(() => {
      if ((pings += 1) === 5) resolve()
      return { status: 404 }
    })
  })
  await askedOften
  expect((await get(group.id)).status).toBe('running')
  other.react(() => ({ status: 404 }))
  while ((await get(group.id)).status === 'running') await new Promise((done) => setTimeout(done, 20))
  expect(await get(group.id)).toMatchObject({ status: 'cancelled', cancel_reason: 'nobody_waits' })
})

test('replace_failed makes a new group in place of one that ended badly, and of no other', async () => {
  const key = unique('group')
  const body: Given = { on_existing: 'replace_failed' }
  const group = await create(body, key)
  expect((await create(body, key)).id).toBe(group.id)
  await cancel(group.id)
  expect((await create({}, key)).id).toBe(group.id)
  const next = await create(body, key)
  expect(next.id).not.toBe(group.id)
  expect((await create({}, key)).id).toBe(next.id)
  await cancel(next.id)
})

test('without a key only a call that says it is a repeat finds its group', async () => {
  const repeat = { 'x-stainless-retry-count': '1' }
  const group = await create({ callback_url: receiver.url }, null)
  const meant = await create({ callback_url: receiver.url }, null)
  expect(meant.id).not.toBe(group.id)
  expect((await create({ callback_url: receiver.url }, null, repeat)).id).toBe(meant.id)
  const elsewhere = await create({ callback_url: other.url }, null, repeat)
  expect([group.id, meant.id]).not.toContain(elsewhere.id)
  for (const { id } of [group, meant, elsewhere]) await cancel(id)
})
