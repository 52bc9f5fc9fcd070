import { sql } from 'kysely'
import { jobOptions } from '../../../server/contract/jobs'
import { routes } from '../../../server/contract/routes'
import { insertJobs } from '../../../server/jobs/create'
import { lockJob, moveJob } from '../../../server/jobs/move-job'
import { placementOf } from '../../../server/steps/definitions'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

const create = async (batch: string): Promise<string> =>
  (
    await server.clients.write.call(routes.createJob, {
      body: { kind: 'sleep', input: { seconds: 1 }, job: { metadata: { batch } } },
    })
  ).id
const bulk = (action: 'cancel' | 'retry', batch: string, dry_run = false) =>
  server.clients.write.call(routes.bulkJobs, { body: { action, filter: { metadata: { batch } }, dry_run } })
const statusOf = async (id: string) => (await server.clients.read.call(routes.getJob, { params: { id } })).status

test('a dry run says which jobs it would be and touches none', async () => {
  const batch = unique('batch')
  const ids = [await create(batch), await create(batch)]
  await create(unique('other'))
  expect(await bulk('cancel', batch, true)).toEqual({
    dry_run: true,
    matched: 2,
    done: ids,
    failed: [],
    has_more: false,
    last_id: ids[1],
  })
  expect(await statusOf(ids[0]!)).toBe('queued')
})

test('jobs of a filter are cancelled, and then retried once', async () => {
  const batch = unique('batch')
  const ids = [await create(batch), await create(batch)]
  expect(await bulk('cancel', batch)).toMatchObject({ done: ids, failed: [] })
  expect(await statusOf(ids[1]!)).toBe('cancelled')
  const { done } = await bulk('retry', batch)
  expect(done).toHaveLength(2)
  await bulk('cancel', batch)
  // the first ones have been retried; their retries have not
  expect((await bulk('retry', batch, true)).done).toEqual(done)
})

test('a call takes the oldest thousand, the next one goes on after them', async () => {
  const batch = unique('many')
  const one = {
    projectId: 'proj_default',
    kind: 'sleep' as const,
    ...placementOf('sleep', undefined),
    input: { seconds: 1 },
    options: jobOptions.parse({ metadata: { batch } }),
  }
  await server.db.transaction().execute((tx) =>
    insertJobs(
      tx,
      Array.from({ length: 1002 }, () => one),
    ),
  )
  const call = (after?: string) =>
    server.clients.write.call(routes.bulkJobs, {
      body: { action: 'cancel', filter: { metadata: { batch }, status: 'queued' }, dry_run: true, after },
    })
  const first = await call()
  expect(first).toMatchObject({ matched: 1002, has_more: true, last_id: first.done.at(-1) })
  const second = await call(first.done.at(-1))
  expect(second).toMatchObject({ matched: 2, has_more: false })
  expect(new Set([...first.done, ...second.done]).size).toBe(1002)
  await server.db
    .deleteFrom('app.job')
    .where('id', 'in', [...first.done, ...second.done])
    .execute()
})

test('one job that cannot be moved is named with its error and holds up none of the others', async () => {
  const batch = unique('batch')
  const [first, second] = [await create(batch), await create(batch)]
  const { result } = await server.db.transaction().execute(async (tx) => {
    const job = await lockJob(tx, first)
    const begun = bulk('cancel', batch)
    // the call has chosen both and waits for the first, which ends meanwhile
    for (let waits = false; !waits; ) {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%app"."job"%for update%'`.execute(
        server.db,
      )
      waits = rows.length > 0
    }
    await moveJob(tx, await moveJob(tx, job, 'lease'), 'complete')
    return { result: begun }
  })
  expect(await result).toMatchObject({ done: [second], failed: [{ id: first, error: { code: 'illegal_move' } }] })
})

test('a filter without a condition is refused: it would be every job', async () => {
  const call = server.clients.write.call(routes.bulkJobs, { body: { action: 'cancel', filter: {} } })
  await expect(call).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('every job') })
})

test('a paused queue gives out no jobs and says so on them; resumed it gives them out', async () => {
  const worker = await server.worker('queues')
  await server.clients.admin.call(routes.pauseQueue, { params: { class: 'light' } })
  const id = await create(unique('paused'))
  await server.dispatch()
  expect(await worker.ask()).toBeNull()
  const waiting = await server.clients.read.call(routes.getJob, { params: { id } })
  expect(waiting).toMatchObject({ status: 'queued', status_reason: 'queue_paused' })
  const { data } = await server.clients.read.call(routes.listQueues, {})
  expect(data.find((queue) => queue.class === 'light')).toMatchObject({ paused_at: expect.any(String) })

  await server.clients.admin.call(routes.resumeQueue, { params: { class: 'light' } })
  const taken: string[] = []
  while (!taken.includes(id)) {
    const lease = await worker.take()
    taken.push(lease.job_id)
    await worker.complete(lease)
  }
  expect(await statusOf(id)).toBe('succeeded')
})

test('a job that fits no worker says so, also in a paused queue', async () => {
  await server.worker('small', { classes: ['light'], resources: { cpus: 1 } })
  const id = await create(unique('big'))
  await server.db
    .updateTable('app.job')
    .set({ resources: JSON.stringify({ cpus: 999, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} }) })
    .where('id', '=', id)
    .execute()
  await server.dispatch()
  await server.clients.admin.call(routes.pauseQueue, { params: { class: 'light' } })
  await server.dispatch()
  const { status_reason } = await server.clients.read.call(routes.getJob, { params: { id } })
  await server.clients.admin.call(routes.resumeQueue, { params: { class: 'light' } })
  expect(status_reason).toBe('no_worker_fits')
})

test('who may only write cannot pause a queue', async () => {
  const call = server.clients.write.call(routes.pauseQueue, { params: { class: 'cpu' } })
  await expect(call).rejects.toMatchObject({ code: 'missing_scope' })
})
