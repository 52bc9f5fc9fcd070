import type { ForgeClient } from '../../../server/client/client'
import { routes } from '../../../server/contract/routes'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let client: ForgeClient
let worker: ScriptedWorker
beforeAll(async () => {
  server = await startServer()
  client = server.clients.write
  worker = await server.worker('only')
}, 60_000)
afterAll(() => server.stop())

const start = async (): Promise<string> =>
  (
    await client.call(routes.createJob, {
      body: { kind: 'sleep', input: { seconds: 2 }, job: { priority: 3, metadata: { flow: 'a' } } },
    })
  ).id

test('a retry is a new job with the same input and options; the failed one stays as it is', async () => {
  const id = await start()
  await worker.fail(await worker.take(), 'training_diverged')
  const again = await client.call(routes.retryJob, { params: { id } })
  expect(again).toMatchObject({
    status: 'queued',
    retry_of: id,
    input: { seconds: 2 },
    priority: 3,
    metadata: { flow: 'a' },
    attempt: 0,
  })
  await worker.complete(await worker.take())
  expect((await client.call(routes.getJob, { params: { id } })).status).toBe('failed')
})

test('what a job that succeeded cannot be is said in words', async () => {
  const id = await start()
  await worker.complete(await worker.take())
  for (const [route, word] of [
    [routes.cancelJob, 'cancelled'],
    [routes.pauseJob, 'paused'],
    [routes.resumeJob, 'resumed'],
    [routes.retryJob, 'retried'],
  ] as const) {
    await expect(client.call(route, { params: { id } })).rejects.toMatchObject({
      status: 409,
      code: 'illegal_move',
      message: `A job that is succeeded cannot be ${word}.`,
    })
  }
})

test('pausing twice and resuming twice change nothing the second time', async () => {
  const id = await start()
  for (let count = 0; count < 2; count += 1)
    expect((await client.call(routes.pauseJob, { params: { id } })).status).toBe('paused')
  for (let count = 0; count < 2; count += 1)
    expect((await client.call(routes.resumeJob, { params: { id } })).status).toBe('queued')
  await client.call(routes.cancelJob, { params: { id } })
  const events = await client.call(routes.listJobEvents, { params: { id } })
  expect(events.data.map(({ name }) => name)).toEqual(['job.queued', 'job.paused', 'job.queued', 'job.cancelled'])
})

test('a job that left the queue leaves nothing to dispatch', async () => {
  const id = await start()
  await client.call(routes.cancelJob, { params: { id } })
  expect(await server.db.selectFrom('app.outbox').selectAll().where('job_id', '=', id).execute()).toEqual([])
  await server.dispatch()
  expect(await worker.ask()).toBeNull()
})
