import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { readConfig } from '../../../../server/config'
import type { JobGroup } from '../../../../server/contract/job-groups'
import { routes } from '../../../../server/contract/routes'
import { newKey } from '../../../../server/http/api-key'
import { serve } from '../../../../server/serve'
import { openDatabase, type Db } from '../../../../server/storage/database'
import { startReceiver, type Reaction, type Receiver } from '../../../support/receiver'
import type { ScriptedWorker } from '../../../support/scripted-worker'
import { startServer, type TestServer } from '../../../support/server'

let server: TestServer
let worker: ScriptedWorker
let receiver: Receiver
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('callbacks')
}, 60_000)
afterAll(() => server.stop())
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

const running = { status: 409, text: '{"message":"The execution \\"7\\" is running already."}' }

/** A group of one job, which has just succeeded. */
const ended = async (): Promise<string> => {
  const group = await server.clients.write.call(routes.createJobGroup, {
    body: { jobs: [{ kind: 'sleep', input: { seconds: 1 } }], callback_url: receiver.url },
  })
  await worker.complete(await worker.take())
  return group.id
}
const rowOf = (db: Db, id: string) =>
  db.selectFrom('app.callback').selectAll().where('group_id', '=', id).executeTakeFirstOrThrow()
type Row = Awaited<ReturnType<typeof rowOf>>

/** Looks again until the callback is so. */
const until = async (id: string, so: (callback: Row) => boolean, { db }: { db: Db } = server): Promise<Row> => {
  for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const row = await rowOf(db, id)
    if (so(row)) return row
  }
  throw new Error(`The callback is still ${JSON.stringify(await rowOf(db, id))}`)
}
/** The next try is due now, not when it was planned. */
const makeDue = async (db: Db, id: string): Promise<void> => {
  await db
    .updateTable('app.callback')
    .set({ next_attempt_at: new Date(0) })
    .where('group_id', '=', id)
    .execute()
}

test.each([
  [401, 'Unauthorized', 'send it anew'],
  [410, 'Gone', 'HTTP 410'],
  [409, 'The execution "7" has finished with error.', 'finished with error'],
])('a receiver that answers %s "%s" is not asked again, and the group shows why', async (status, text, shown) => {
  receiver.react(({ body }) => (body['type'] === 'ping' ? { status: 200 } : { status, text }))
  const id = await ended()
  await until(id, (callback) => callback.status === 'refused')
  const { callback }: JobGroup = await server.clients.read.call(routes.getJobGroup, { params: { id } })
  expect(callback).toMatchObject({ attempts: 1, last_status: status, next_attempt_at: null })
  expect(callback?.last_error).toContain(shown)
})

test('a receiver that does not know the execution yet is asked again', async () => {
  receiver.react(({ body }, nth) => (body['type'] === 'ping' || nth > 1 ? { status: 200 } : { status: 404 }))
  const id = await ended()
  expect((await until(id, ({ status }) => status === 'delivered')).attempts).toBe(2)
})

test('answers that say "not yet" take nothing from the tries of a receiver that is away', async () => {
  receiver.react(({ body }, nth) => (body['type'] === 'ping' ? { status: 200 } : nth < 4 ? running : { status: 503 }))
  const id = await ended()
  expect(await until(id, ({ attempts }) => attempts === 4)).toMatchObject({
    status: 'pending',
    away_tries: 1,
    not_yet_since: null,
  })
})

test('a long answer that takes the call is an answer like any other', async () => {
  receiver.react(() => ({ status: 200, text: 'x'.repeat(300_000) }))
  const id = await ended()
  expect(await until(id, ({ status }) => status === 'delivered')).toMatchObject({ attempts: 1, last_error: null })
})

test('a receiver that does not answer delays nobody else', async () => {
  const hanging = receiver
  const { promise: held, resolve: letGo } = Promise.withResolvers<Reaction>()
  hanging.react(({ body }) => (body['type'] === 'ping' ? { status: 200 } : held))
  await ended()
  await hanging.nth(1)

  receiver = await startReceiver()
  const id = await ended()
  expect(await until(id, ({ status }) => status === 'delivered')).toMatchObject({ attempts: 1 })
  letGo({ status: 200 })
  await hanging.close()
})

test('a receiver that was down gets the callback when it is up again', async () => {
  const { port } = receiver
  const group = await server.clients.write.call(routes.createJobGroup, {
    body: { jobs: [{ kind: 'sleep', input: { seconds: 1 } }], callback_url: receiver.url },
  })
  await receiver.close()
  await worker.complete(await worker.take())
  const before = await until(group.id, ({ attempts }) => attempts === 1)
  expect(before).toMatchObject({ status: 'pending', last_status: null })
  receiver = await startReceiver(port)
  await makeDue(server.db, group.id)
  expect((await receiver.nth(1)).headers['webhook-id']).toBe(before.message_id)
})

test('a callback that was due when the server stopped is made by the next server', async () => {
  const first = await startServer()
  const firstWorker = await first.worker('restart')
  receiver.react(({ body }, nth) => ({ status: body['type'] === 'ping' || nth > 1 ? 200 : 503 }))
  const group = await first.clients.write.call(routes.createJobGroup, {
    body: { jobs: [{ kind: 'sleep', input: { seconds: 1 } }], callback_url: receiver.url },
  })
  await firstWorker.complete(await firstWorker.take())
  await until(group.id, ({ attempts }) => attempts === 1, first)
  await first.stop()

  const { db, close } = openDatabase(first.databaseUrl, { max: 2 })
  await makeDue(db, group.id)
  const folder = await mkdtemp(join(tmpdir(), 'forge-server-'))
  const second = await serve(
    readConfig({ FORGE_PORT: '0', FORGE_DATA_DIR: folder, FORGE_METER: 'false' }, folder),
    first.databaseUrl,
    { admin: newKey(), worker: newKey() },
    pino({ level: 'silent' }),
  )
  const [one, two] = [await receiver.nth(1), await receiver.nth(2)]
  expect(two.headers['webhook-id']).toBe(one.headers['webhook-id'])
  expect(two.body).toMatchObject({ group_id: group.id, status: 'succeeded' })
  await until(group.id, ({ status }) => status === 'delivered', { db })
  await second.stop()
  await close()
  await rm(folder, { recursive: true, force: true })
}, 60_000)
