import { sql } from 'kysely'
import { ApiError } from '../../../server/client/client'
import type { EnergySample } from '../../../server/contract/energy-sample'
import type { GivenBody } from '../../../server/contract/route'
import { routes } from '../../../server/contract/routes'
import type { Job } from '../../../server/contract/jobs'
import { reissueLostTickets } from '../../../server/jobs/dispatcher'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
let a: ScriptedWorker
let b: ScriptedWorker

beforeAll(async () => {
  server = await startServer()
  a = await server.worker('a')
  b = await server.worker('b')
}, 60_000)
afterAll(() => server.stop())
// a test that failed must not leave its jobs to the next one
afterEach(async () => {
  await sql`update app.job set status = 'cancelled', fence = fence + 1, ended_at = now() where status not in ('succeeded', 'failed', 'cancelled')`.execute(
    server.db,
  )
  await sql`delete from app.worker w where not exists (select 1 from app.job_attempt t where t.worker_id = w.id) and name not in ('a', 'b')`.execute(
    server.db,
  )
})

type Options = NonNullable<GivenBody<typeof routes.createJob>['job']>
const start = (options: Options = {}): Promise<Job> =>
  server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 }, job: options } })
const get = (id: string): Promise<Job> => server.clients.read.call(routes.getJob, { params: { id } })
const control = (
  route: typeof routes.cancelJob | typeof routes.pauseJob | typeof routes.resumeJob,
  id: string,
): Promise<Job> => server.clients.write.call(route, { params: { id } })
const refusal = (code: string) => expect.objectContaining({ constructor: ApiError, code }) as unknown

const sample = (sequence: number): EnergySample => ({
  meter: 'cpu',
  sequence,
  started_at: `2026-01-01T00:00:0${String(sequence)}.000Z`,
  ended_at: `2026-01-01T00:00:0${String(sequence + 1)}.000Z`,
  joules: 10,
  method: 'measured',
  covers: 'cpu package',
  error_percent: null,
  cpu_seconds: 1,
  gpu_seconds: 0,
})

test('a job of a lost worker goes to the next one, with a new fence', async () => {
  const job = await start()
  const first = await a.take()
  await server.expire(first)
  const second = await b.take()
  expect(second).toMatchObject({ job_id: job.id, attempt: 2, fence: first.fence + 1 })
  expect(await b.complete(second)).toEqual({ status: 'succeeded', result: { slept_seconds: 0 } })
})

test('a worker that lost its lease can publish nothing, but its energy is kept', async () => {
  const job = await start()
  const first = await a.take()
  await server.expire(first)
  const second = await b.take()
  await expect(a.complete(first)).rejects.toEqual(refusal('lease_lost'))
  await expect(a.checkpoint(first, 1)).rejects.toEqual(refusal('lease_lost'))
  await expect(a.upload(first, 'model', 'stale')).rejects.toEqual(refusal('lease_lost'))
  await expect(a.fail(first, 'internal_error')).rejects.toEqual(refusal('lease_lost'))
  await expect(a.heartbeat(first, { samples: [sample(1), sample(2)] })).rejects.toEqual(refusal('lease_lost'))
  await b.complete(second)
  expect((await get(job.id)).usage).toMatchObject({ energy_joules: 20, method: 'measured' })
})

test('the same completion again gets the stored answer, also when both arrive at once', async () => {
  const job = await start()
  const lease = await a.take()
  const answers = await Promise.all([1, 2, 3].map(() => a.complete(lease)))
  expect(answers).toEqual([1, 2, 3].map(() => ({ status: 'succeeded', result: { slept_seconds: 0 } })))
  expect(await a.fail(lease, 'internal_error')).toMatchObject({ status: 'succeeded' })
  const events = await server.clients.read.call(routes.listJobEvents, { params: { id: job.id } })
  expect(events.data.map(({ name }) => name)).toEqual(['job.queued', 'job.running', 'job.succeeded'])
})

test('a heartbeat after the lease ran out is accepted as long as no one took the job', async () => {
  const job = await start()
  const lease = await a.take()
  await server.expire(lease)
  expect((await get(job.id)).status).toBe('queued')
  expect(await a.heartbeat(lease)).toMatchObject({ command: null })
  expect(await get(job.id)).toMatchObject({ status: 'running', attempt: 1 })
  await server.dispatch()
  expect(await b.ask()).toBeNull()
  expect(await a.complete(lease)).toMatchObject({ status: 'succeeded' })
})

test('three losses in a row fail the job with worker_lost', async () => {
  const job = await start()
  for (let loss = 0; loss < 3; loss += 1) await server.expire(await a.take())
  expect(await get(job.id)).toMatchObject({
    status: 'failed',
    attempt: 3,
    error: { code: 'worker_lost', retryable: true },
  })
})

test('a checkpoint between losses begins the count anew, and the next attempt goes on from it', async () => {
  await start()
  for (let loss = 0; loss < 2; loss += 1) await server.expire(await a.take())
  const third = await a.take()
  await a.checkpoint(third, 7, [await a.upload(third, 'adapter', 'weights at 7')])
  await server.expire(third)
  await server.expire(await a.take())
  const fifth = await a.take()
  expect(fifth).toMatchObject({ attempt: 5, resume: { step: 7, artifacts: [{ name: 'adapter', bytes: 12 }] } })
  await a.complete(fifth)
})

test('a worker that starts again loses its leases at once; one that only registers again keeps them', async () => {
  const worker = await server.worker('restarting')
  await worker.register('boot-1')
  const job = await start()
  const lease = await worker.take()
  await worker.register('boot-1')
  expect((await get(job.id)).status).toBe('running')
  await worker.register('boot-2')
  expect((await get(job.id)).status).toBe('queued')
  const next = await b.take()
  expect(next.fence).toBe(lease.fence + 1)
  await b.complete(next)
})

test('out of memory is tried once more with half the micro-batch, then fails', async () => {
  const job = await start()
  const first = await a.take()
  expect(first.micro_batch_divisor).toBe(1)
  expect(await a.fail(first, 'out_of_memory', 'no room')).toMatchObject({ status: 'queued' })
  await expect(a.heartbeat(first)).rejects.toEqual(refusal('lease_lost'))
  const second = await a.take()
  expect(second.micro_batch_divisor).toBe(2)
  expect(await a.fail(second, 'out_of_memory', 'no room')).toMatchObject({ status: 'failed' })
  expect((await get(job.id)).error).toMatchObject({ code: 'out_of_memory', message: 'no room' })
})

test('an error of the user is not tried again', async () => {
  const job = await start()
  expect(await a.fail(await a.take(), 'training_diverged', 'loss is NaN')).toMatchObject({ status: 'failed' })
  expect(await get(job.id)).toMatchObject({
    status: 'failed',
    attempt: 1,
    error: { code: 'training_diverged', message: 'loss is NaN' },
  })
})

test('a worker that stops hands its job back without a loss being counted', async () => {
  const job = await start({ max_attempts: 1 })
  expect(await a.fail(await a.take(), 'worker_stopped')).toMatchObject({ status: 'queued' })
  await a.complete(await a.take())
  expect((await get(job.id)).status).toBe('succeeded')
})

test('cancelling a running job reaches its worker in the held heartbeat, and its completion is refused', async () => {
  const job = await start()
  const lease = await a.take()
  const held = a.heartbeat(lease, { wait_seconds: 20 })
  expect((await control(routes.cancelJob, job.id)).status).toBe('cancelled')
  expect(await held).toMatchObject({ command: 'cancel' })
  await expect(a.complete(lease)).rejects.toEqual(refusal('lease_lost'))
  expect((await control(routes.cancelJob, job.id)).status).toBe('cancelled')
})

test('a running job pauses at its checkpoint and resumes from it', async () => {
  const job = await start()
  const lease = await a.take()
  const held = a.heartbeat(lease, { wait_seconds: 20 })
  expect((await control(routes.pauseJob, job.id)).status).toBe('pausing')
  expect(await held).toMatchObject({ command: 'pause' })
  await a.checkpoint(lease, 3)
  expect(await a.paused(lease)).toMatchObject({ status: 'paused' })
  expect(await a.paused(lease)).toMatchObject({ status: 'paused' })
  expect((await control(routes.resumeJob, job.id)).status).toBe('queued')
  const next = await b.take()
  expect(next.resume).toMatchObject({ step: 3 })
  await expect(a.complete(lease)).resolves.toMatchObject({ status: 'paused' })
  await b.complete(next)
})

test('a worker lost while pausing leaves the job paused', async () => {
  const job = await start()
  const lease = await a.take()
  await control(routes.pauseJob, job.id)
  await server.expire(lease)
  expect((await get(job.id)).status).toBe('paused')
  await expect(a.heartbeat(lease)).rejects.toEqual(refusal('lease_lost'))
})

test('a pause that takes too long ends the attempt at its last checkpoint', async () => {
  const job = await start()
  const lease = await a.take()
  await control(routes.pauseJob, job.id)
  await server.db
    .updateTable('app.job')
    .set({ pause_requested_at: sql<Date>`clock_timestamp() - interval '1 hour'` })
    .where('id', '=', job.id)
    .execute()
  await server.enforceLimits()
  expect((await get(job.id)).status).toBe('paused')
  await expect(a.paused(lease)).rejects.toEqual(refusal('lease_lost'))
  expect(
    await server.db.selectFrom('app.job_attempt').select('outcome').where('job_id', '=', job.id).execute(),
  ).toEqual([{ outcome: 'paused' }])
})

test('a queued job pauses at once and is not leased until it is resumed', async () => {
  const job = await start()
  expect((await control(routes.pauseJob, job.id)).status).toBe('paused')
  await server.dispatch()
  expect(await a.ask()).toBeNull()
  await control(routes.resumeJob, job.id)
  await a.complete(await a.take())
})

test('a job that ran longer than timeout_s fails, its attempts added up', async () => {
  const job = await start({ timeout_s: 100 })
  await server.expire(await a.take())
  const second = await a.take()
  await server.db
    .updateTable('app.job_attempt')
    .set({ started_at: sql`started_at - interval '60 seconds'` } as never)
    .where('job_id', '=', job.id)
    .execute()
  await server.enforceLimits()
  expect(await get(job.id)).toMatchObject({
    status: 'failed',
    error: { code: 'timed_out', message: 'The job ran longer than its timeout_s.' },
  })
  await expect(a.complete(second)).rejects.toEqual(refusal('lease_lost'))
})

test('a job that is still queued at its deadline fails', async () => {
  const job = await start({ run_at: '2100-01-01T00:00:00Z', deadline_at: '2020-01-01T00:00:00Z' })
  await server.enforceLimits()
  expect(await get(job.id)).toMatchObject({
    status: 'failed',
    error: { code: 'timed_out', message: 'The job ran longer than its deadline_at.' },
  })
})

test('jobs of one concurrency key never run two at once', async () => {
  const key = unique('key')
  const jobs = [await start({ concurrency_key: key }), await start({ concurrency_key: key })]
  await server.dispatch()
  const first = await a.take()
  expect(await b.ask()).toBeNull()
  await server.dispatch()
  expect(await b.ask()).toBeNull()
  await a.complete(first)
  const second = await b.take()
  expect([first.job_id, second.job_id].sort()).toEqual(jobs.map(({ id }) => id).sort())
  await b.complete(second)
})

test('a concurrency key with a limit of two lets two run and not a third', async () => {
  const options = { concurrency_key: unique('key'), concurrency_limit: 2 }
  for (let count = 0; count < 3; count += 1) await start(options)
  await server.dispatch()
  const running = [await a.take(), await b.take()]
  await server.dispatch()
  expect(await a.ask()).toBeNull()
  await a.complete(running[0]!)
  await server.dispatch()
  await b.complete(await a.take())
  await b.complete(running[1]!)
})

test('a lost worker does not take its job up again while another of its concurrency key runs', async () => {
  const key = unique('key')
  await start({ concurrency_key: key })
  const lost = await a.take()
  await start({ concurrency_key: key, priority: 1 })
  await server.expire(lost)
  await server.db
    .updateTable('app.job')
    .set({ run_at: new Date('2100-01-01') })
    .where('id', '=', lost.job_id)
    .execute()
  const other = await takeOther(lost.job_id)
  await expect(a.heartbeat(lost)).rejects.toEqual(refusal('lease_lost'))
  await b.complete(other)
})

/** The next lease that is not of `jobId`: the ticket of that one may be first. */
const takeOther = async (jobId: string) => {
  const lease = await b.take()
  if (lease.job_id !== jobId) return lease
  await b.fail(lease, 'worker_stopped')
  return await b.take()
}

test('jobs are leased by priority, then by age', async () => {
  const worker = await server.worker('orderly', { classes: ['light'] })
  // no ticket is given out before all wait
  const ids: string[] = []
  for (const priority of [5, 9, 1, 5]) ids.push((await start({ priority, run_at: '2100-01-01T00:00:00Z' })).id)
  await server.db.updateTable('app.job').set({ run_at: null }).where('id', 'in', ids).execute()
  const order: number[] = []
  for (let count = 0; count < 4; count += 1) {
    const lease = await worker.take()
    order.push(ids.indexOf(lease.job_id))
    await worker.complete(lease)
  }
  expect(order).toEqual([2, 0, 3, 1])
})

test('a job waits for its run_at', async () => {
  const job = await start({ run_at: '2100-01-01T00:00:00Z' })
  await server.dispatch()
  expect(await a.ask()).toBeNull()
  await server.db.updateTable('app.job').set({ run_at: new Date() }).where('id', '=', job.id).execute()
  await a.complete(await a.take())
})

test('a job that fits no worker says so, and those behind it run', async () => {
  const [large, small] = [await start({ run_at: '2100-01-01T00:00:00Z', priority: 1 }), await start()]
  await server.db
    .updateTable('app.job')
    .set({
      run_at: null,
      resources: JSON.stringify({ cpus: 1000, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} }),
    })
    .where('id', '=', large.id)
    .execute()
  await server.dispatch()
  const lease = await a.take()
  expect(lease.job_id).toBe(small.id)
  await a.complete(lease)
  expect(await get(large.id)).toMatchObject({ status: 'queued', status_reason: 'no_worker_fits' })
})

test('a job that does not fit what a worker has left waits for room, and a smaller one behind it runs', async () => {
  const large = await start({ priority: 1 })
  await server.db
    .updateTable('app.job')
    .set({ resources: JSON.stringify({ cpus: 8, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} }) })
    .where('id', '=', large.id)
    .execute()
  const small = await start()
  await server.dispatch()
  const body = {
    free: { cpus: 1, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} },
    classes: ['light' as const],
    wait_seconds: 15,
  }
  const { lease } = await a.client.call(routes.leaseJob, { params: { id: a.id }, body })
  expect(lease?.job_id).toBe(small.id)
  expect(await get(large.id)).toMatchObject({ status: 'queued', status_reason: 'waits_for_room' })
  if (lease) await a.complete(lease)
  await a.complete(await a.take())
})

test('a job whose ticket was lost gets a new one', async () => {
  const job = await start()
  await server.dispatch()
  await sql`delete from bullmq.job`.execute(server.db)
  expect(await a.ask()).toBeNull()
  await server.db
    .updateTable('app.job')
    .set({ queued_at: sql<Date>`clock_timestamp() - interval '1 minute'` })
    .where('id', '=', job.id)
    .execute()
  expect(await reissueLostTickets(server.db, server.broker)).toBe(1)
  expect(await reissueLostTickets(server.db, server.broker)).toBe(0)
  await a.complete(await a.take())
})

test('a worker that hung up while it waited is given no job', async () => {
  const hangUp = new AbortController()
  const { resources, classes } = (await server.clients.read.call(routes.listWorkers, {})).data.find(
    ({ id }) => id === a.id,
  ) ?? { resources: null, classes: [] }
  if (!resources) throw new Error('Worker a is not listed.')
  const waiting = a.client.call(
    routes.leaseJob,
    { params: { id: a.id }, body: { free: resources, classes, wait_seconds: 20 } },
    { signal: hangUp.signal },
  )
  // the server has the call by the time it has answered two later ones
  for (let count = 0; count < 2; count += 1) await server.clients.read.call(routes.listWorkers, {})
  hangUp.abort()
  await expect(waiting).rejects.toThrow()
  await start()
  const lease = await b.take()
  expect(lease.attempt).toBe(1)
  await b.complete(lease)
})
