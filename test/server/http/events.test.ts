import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { routes } from '../../../server/contract/routes'
import type { JobEvent } from '../../../server/contract/jobs'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let worker: ScriptedWorker
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('only')
}, 60_000)
afterAll(() => server.stop())

const start = async (): Promise<string> =>
  (await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })).id
const follow = (id: string, lastEventId?: string): Promise<Readable> =>
  server.clients.read.stream(
    routes.streamJobEvents,
    { params: { id } },
    lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } },
  )
const eventsOf = async function* (stream: Readable): AsyncGenerator<JobEvent> {
  for await (const line of createInterface({ input: stream }))
    if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as JobEvent
}
const all = async (stream: Readable): Promise<JobEvent[]> => {
  const found: JobEvent[] = []
  for await (const event of eventsOf(stream)) found.push(event)
  return found
}
const progress = (step: number) => ({ progress: { step, total: 10, unit: 'steps' as const, eta_seconds: null } })

test('a stream shows each event as it happens, and ends with the job', async () => {
  const id = await start()
  const stream = all(await follow(id))
  const lease = await worker.take()
  await worker.heartbeat(lease, progress(1))
  await worker.complete(lease)
  const events = await stream
  expect(events.map(({ name, seq }) => [seq, name])).toEqual([
    [1, 'job.queued'],
    [2, 'job.running'],
    [3, 'job.progress'],
    [4, 'job.succeeded'],
  ])
  expect(events[2]?.data).toMatchObject({ step: 1, total: 10 })
})

test('a stream that broke goes on after the last event seen, without gaps or repeats', async () => {
  const id = await start()
  const lease = await worker.take()
  const first = await follow(id)
  const seen: JobEvent[] = []
  for await (const event of eventsOf(first)) {
    seen.push(event)
    if (event.name === 'job.running') break
  }
  first.destroy()
  for (const step of [1, 2, 3]) await worker.heartbeat(lease, progress(step))
  const rest = all(await follow(id, seen.at(-1)?.id))
  for (const step of [4, 5]) await worker.heartbeat(lease, progress(step))
  await worker.complete(lease)
  expect([...seen, ...(await rest)].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('the stream of a job that has ended gives its events and ends', async () => {
  const id = await start()
  await server.clients.write.call(routes.cancelJob, { params: { id } })
  expect((await all(await follow(id))).map(({ name }) => name)).toEqual(['job.queued', 'job.cancelled'])
  expect(await all(await follow(id, `${id}:2`))).toEqual([])
})

test('a Last-Event-ID that is none is refused, and so is the stream of a job that is not there', async () => {
  const id = await start()
  await expect(follow(id, 'yesterday')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('(got "yesterday")') as string,
  })
  await expect(follow('job_none')).rejects.toMatchObject({ code: 'job_not_found' })
  await server.clients.write.call(routes.cancelJob, { params: { id } })
})

test('events can be listed page by page', async () => {
  const id = await start()
  await server.clients.write.call(routes.cancelJob, { params: { id } })
  const first = await server.clients.read.call(routes.listJobEvents, { params: { id }, query: { limit: 1 } })
  expect(first).toMatchObject({ has_more: true, data: [{ name: 'job.queued' }] })
  const second = await server.clients.read.call(routes.listJobEvents, {
    params: { id },
    query: { limit: 1, after: first.data[0]?.id },
  })
  expect(second).toMatchObject({ has_more: false, data: [{ name: 'job.cancelled' }] })
})

test('log lines are kept in order, cleaned of what PostgreSQL refuses', async () => {
  const id = await start()
  const lease = await worker.take()
  const at = '2026-01-01T00:00:00.000Z'
  await worker.heartbeat(lease, {
    logs: [
      { at, line: 'one' },
      { at, line: 'NUL \u0000 here' },
    ],
  })
  await worker.heartbeat(lease, { logs: [{ at, line: 'three' }] })
  await worker.complete(lease)
  const { lines } = await server.clients.read.call(routes.getJobLogs, { params: { id } })
  expect(lines.map(({ line }) => line)).toEqual(['one', 'NUL \uFFFD here', 'three'])
})

test('stopping the server ends open streams and held heartbeats', async () => {
  const other = await startServer()
  const job = await other.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  const idle = await other.worker('idle')
  const lease = await idle.take()
  const held = idle.heartbeat(lease, { wait_seconds: 20 }).catch(() => 'ended')
  const stream = all(await other.clients.read.stream(routes.streamJobEvents, { params: { id: job.id } })).catch(
    () => 'ended',
  )
  await other.stop()
  await Promise.all([held, stream])
}, 60_000)
