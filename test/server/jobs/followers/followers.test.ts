import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Readable } from 'node:stream'
import { jobOptions } from '../../../../server/contract/jobs'
import { routes } from '../../../../server/contract/routes'
import { cancelJobs } from '../../../../server/jobs/cancel-jobs'
import { cancelJob } from '../../../../server/jobs/control'
import { insertJobs } from '../../../../server/jobs/create'
import { endedAfter } from '../../../../server/jobs/followers/read-ended'
import { lockJob, moveJob } from '../../../../server/jobs/move-job'
import { placementOf } from '../../../../server/steps/definitions'
import { serverEvents, type ServerEvent } from '../../../support/server-events'
import { startServer, type TestServer } from '../../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

const project = 'proj_default'
const create = async (count: number): Promise<string[]> => {
  const one = {
    projectId: project,
    kind: 'sleep' as const,
    ...placementOf('sleep', undefined),
    input: { seconds: 1 },
    options: jobOptions.parse({}),
  }
  const made = await server.db.transaction().execute((tx) =>
    insertJobs(
      tx,
      Array.from({ length: count }, () => one),
    ),
  )
  return made.map(({ id }) => id)
}
const put = (follower_id: string, job_ids: string[]) =>
  server.clients.write.call(routes.putFollower, { params: { follower_id }, body: { job_ids } })
const open = (follower_id: string, after?: string): Promise<Readable> =>
  server.clients.read.stream(
    routes.streamFollower,
    { params: { follower_id } },
    { timeoutMs: 60_000, ...(after === undefined ? {} : { headers: { 'last-event-id': after } }) },
  )
/** Reads until so many ends were told, and hangs up. */
const ends = async (stream: Readable, count: number): Promise<ServerEvent[]> => {
  const found: ServerEvent[] = []
  for await (const line of serverEvents(stream)) {
    if (line.event !== 'job.ended') continue
    found.push(line)
    if (found.length === count) break
  }
  stream.destroy()
  return found
}
const idsOf = (found: ServerEvent[]): unknown[] => found.map(({ data }) => data['job_id'])
const cancel = (id: string): Promise<void> => cancelJob(server.db, id, project)

test('the ends of a thousand jobs come over one stream, each once', async () => {
  const follower = randomUUID()
  const jobs = await create(1000)
  expect(await put(follower, jobs)).toMatchObject({ id: follower, jobs: 1000, unknown_job_ids: [], lease_seconds: 60 })
  const told = ends(await open(follower), 1000)
  await cancelJobs(server.db, project, jobs)
  expect(idsOf(await told).sort()).toEqual(jobs)
}, 60_000)

test('a job that ended before it was followed, or before the stream was opened, is told of', async () => {
  const follower = randomUUID()
  const [before, between] = (await create(2)) as [string, string]
  await cancel(before)
  await put(follower, [before, between])
  await cancel(between)
  const told = await ends(await open(follower), 2)
  expect(idsOf(told).sort()).toEqual([before, between])
  expect(told[0]).toMatchObject({
    id: expect.stringMatching(/^\d+:job_/),
    data: { type: 'job.ended', kind: 'sleep', status: 'cancelled', error: null },
  })
})

test('a stream that broke goes on where it was: nothing is lost and nothing told twice', async () => {
  const follower = randomUUID()
  const jobs = await create(20)
  await put(follower, jobs)
  for (const id of jobs.slice(0, 8)) await cancel(id)
  const first = await ends(await open(follower), 5)
  for (const id of jobs.slice(8)) await cancel(id)
  const rest = await ends(await open(follower, first.at(-1)!.id!), 15)
  expect(idsOf([...first, ...rest])).toEqual(jobs)
})

test('a job that is added to an open stream is told of, also when it ended long before', async () => {
  const follower = randomUUID()
  const [old, recent] = (await create(2)) as [string, string]
  await cancel(old)
  await put(follower, [recent])
  const stream = await open(follower)
  const told = ends(stream, 2)
  await cancel(recent)
  await put(follower, [recent, old])
  expect(idsOf(await told)).toEqual([recent, old])
})

test('an end whose transaction commits late is not passed over', async () => {
  const follower = randomUUID()
  const [slow, fast] = (await create(2)) as [string, string]
  await put(follower, [slow, fast])
  const start = { xid: '0', jobId: '' }
  await server.db.transaction().execute(async (tx) => {
    await moveJob(tx, await lockJob(tx, slow), 'cancel')
    await cancel(fast)
    expect(await endedAfter(server.db, project, follower, start)).toEqual({ ended: [], heldBack: 'unsettled' })
  })
  const { ended } = await endedAfter(server.db, project, follower, start)
  expect(ended.map(({ event }) => event.job_id)).toEqual([slow, fast])
})

test('a place of another database cluster, which counted further, begins anew', async () => {
  const follower = randomUUID()
  const [id] = (await create(1)) as [string]
  await put(follower, [id])
  await cancel(id)
  expect(idsOf(await ends(await open(follower, `999999999999:${id}`), 1))).toEqual([id])
})

test('what the open jobs are at is told on connecting, without a place to resume from', async () => {
  const worker = await server.worker('followed')
  const { id } = await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  let lease = await worker.take()
  for (; lease.job_id !== id; lease = await worker.take()) await worker.complete(lease)
  const progress = { step: 3, total: 10, unit: 'steps' as const, eta_seconds: null }
  await worker.heartbeat(lease, { progress })
  const follower = randomUUID()
  await put(follower, [id])
  const stream = await open(follower)
  for await (const line of serverEvents(stream)) {
    expect(line).toMatchObject({ id: null, event: 'job.progress', data: { job_id: id, status: 'running', progress } })
    break
  }
  stream.destroy()
  await worker.complete(lease)
})

test('the set is replaced, and ids that are no jobs of the project are named', async () => {
  const follower = randomUUID()
  const [one, two] = (await create(2)) as [string, string]
  const other = await server.client(['read', 'write'], 'proj_other')
  const foreign = await other.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  const first = await put(follower, [one, 'job_none', foreign.id, one])
  expect(first).toMatchObject({ jobs: 1, unknown_job_ids: ['job_none', foreign.id] })
  expect(await put(follower, [two])).toMatchObject({ jobs: 1 })
  await cancel(one)
  await cancel(two)
  expect(idsOf(await ends(await open(follower), 1))).toEqual([two])
})

test('a stream without a follower, and a place that is none, are refused', async () => {
  await expect(open('nobody')).rejects.toMatchObject({ code: 'follower_not_found' })
  const follower = randomUUID()
  await put(follower, [])
  await expect(open(follower, 'yesterday')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('(got "yesterday")') as string,
  })
})

test('a deleted follower ends its stream', async () => {
  const follower = randomUUID()
  await put(follower, [])
  // it looks whether it is still there when it renews, which is at every turn of so short a lease
  await server.db.updateTable('app.follower').set({ lease_seconds: 0 }).where('id', '=', follower).execute()
  const stream = await open(follower)
  await server.clients.write.call(routes.deleteFollower, { params: { follower_id: follower } })
  for await (const line of serverEvents(stream)) throw new Error(`told ${line.event}`)
})

test('an id that can be none is refused, with its place', async () => {
  await expect(put(randomUUID(), ['no id!'])).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('job_ids.0: is no id (got "no id!")') as string,
  })
})

test('the server itself records the lapse of a follower that is silent', async () => {
  const follower = randomUUID()
  const [id] = (await create(1)) as [string]
  await put(follower, [id])
  await server.db
    .updateTable('app.follower')
    .set({ lease_seconds: 0, expires_at: sql<Date>`clock_timestamp() - interval '1 second'` })
    .where('id', '=', follower)
    .execute()
  const stream = await server.clients.read.stream(routes.streamJobEvents, { params: { id } })
  const names: string[] = []
  for await (const { event } of serverEvents(stream)) {
    names.push(event)
    if (event === 'job.unfollowed') break
  }
  stream.destroy()
  expect(names).toEqual(['job.queued', 'job.unfollowed'])
})
