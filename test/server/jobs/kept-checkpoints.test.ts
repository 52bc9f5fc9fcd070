import { sql } from 'kysely'
import type { Job } from '../../../server/contract/jobs'
import { routes } from '../../../server/contract/routes'
import type { Lease } from '../../../server/contract/workers'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
let other: ScriptedWorker
let keeper: ScriptedWorker
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())
beforeEach(async () => {
  keeper = await server.worker(unique('keeper'))
  other = await server.worker(unique('other'))
})
afterEach(async () => {
  await sql`update app.job set status = 'cancelled', fence = fence + 1, worker_id = null, ended_at = now()
    where status not in ('succeeded', 'failed', 'cancelled')`.execute(server.db)
})

const start = (priority = 5): Promise<Job> =>
  server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 }, job: { priority } } })
const get = (id: string): Promise<Job> => server.clients.read.call(routes.getJob, { params: { id } })

/** A job that the keeper works on, with a durable checkpoint at step 5 and, when given, a local one. */
const begun = async (local: number | null): Promise<Lease> => {
  await start()
  const lease = await keeper.take()
  await keeper.checkpoint(lease, 5)
  await keeper.heartbeat(lease, { local_checkpoint_step: local })
  return lease
}
const nobodyElseGetsIt = async (): Promise<void> => {
  await server.dispatch()
  expect(await other.ask()).toBeNull()
}

test('a lost job waits for the worker that holds a newer checkpoint, which gets it back', async () => {
  const lease = await begun(9)
  await server.expire(lease)
  expect(await get(lease.job_id)).toMatchObject({ status: 'queued', status_reason: 'waits_for_worker' })
  await nobodyElseGetsIt()

  const again = await keeper.take()
  expect(again).toMatchObject({ job_id: lease.job_id, attempt: 2, fence: lease.fence + 1, resume: { step: 5 } })
  await keeper.checkpoint(again, 9)
  await keeper.complete(again)
})

test.each([
  ['an engine that failed', 'engine_failed' as const],
  ['a worker that stopped', 'worker_stopped' as const],
])('the job of %s waits in the same way', async (_what, code) => {
  const lease = await begun(9)
  await keeper.fail(lease, code)
  await nobodyElseGetsIt()
  await keeper.complete(await keeper.take())
})

test.each([
  ['has no newer one than the server', 5],
  ['told of none', null],
])('nobody waits for a worker that %s', async (_what, local) => {
  const lease = await begun(local)
  await server.expire(lease)
  await server.dispatch()
  const next = await other.take()
  expect(next.job_id).toBe(lease.job_id)
  await other.complete(next)
})

test('after the wait the job goes to another worker, and the one that held it may forget', async () => {
  const lease = await begun(9)
  await server.expire(lease)
  await server.db
    .updateTable('app.job')
    .set({ waits_for_worker_until: sql<Date>`clock_timestamp() - interval '1 second'` })
    .where('id', '=', lease.job_id)
    .execute()
  const next = await other.take()
  expect(next).toMatchObject({ job_id: lease.job_id, resume: { step: 5 } })
  expect(await keeper.register(undefined, [{ job_id: lease.job_id, step: 9 }])).toEqual([lease.job_id])
  await other.complete(next)
})

test('nobody waits for a worker that is being drained', async () => {
  const lease = await begun(9)
  await server.db.updateTable('app.worker').set({ draining: true }).where('id', '=', keeper.id).execute()
  await server.expire(lease)
  await other.complete(await other.take())
})

test('a worker that starts again gets its job first, also before a more urgent one', async () => {
  const lease = await begun(null)
  const urgent = await start(1)
  // the checkpoint was complete, but the kill came before the worker could tell
  await keeper.register('a new process', [{ job_id: lease.job_id, step: 9 }])
  expect(await get(lease.job_id)).toMatchObject({ status: 'queued', status_reason: 'waits_for_worker' })

  const [first, second] = [await keeper.take(), await keeper.take()]
  expect([first.job_id, second.job_id]).toEqual([lease.job_id, urgent.id])
  await keeper.complete(first)
  await keeper.complete(second)
})

test('nobody waits for a worker that came back without its checkpoints', async () => {
  const lease = await begun(9)
  await keeper.register('a new process', [])
  expect(await get(lease.job_id)).toMatchObject({ status: 'queued', status_reason: null })
  await server.dispatch()
  await other.complete(await other.take())
})

test('a ticket that was out when the worker came back goes to nobody else', async () => {
  const lease = await begun(null)
  await server.expire(lease)
  await server.dispatch()
  await keeper.register('a new process', [{ job_id: lease.job_id, step: 9 }])
  await nobodyElseGetsIt()
  await keeper.complete(await keeper.take())
})

test('a worker is told which kept checkpoints are of no use', async () => {
  const ended = await begun(9)
  await keeper.complete(ended)
  const durable = await begun(null)
  await keeper.fail(durable, 'worker_stopped')
  const kept = [
    { job_id: ended.job_id, step: 9 },
    { job_id: durable.job_id, step: 5 },
    { job_id: 'job_unknown', step: 1 },
  ]
  expect(await keeper.register(undefined, kept)).toEqual(kept.map(({ job_id }) => job_id))

  const body = { free: { cpus: 0, memory_bytes: 0, gpus: 0, gpu_memory_bytes: 0, labels: {} }, wait_seconds: 0 }
  const { forget_checkpoints } = await keeper.client.call(routes.leaseJob, {
    params: { id: keeper.id },
    body: { ...body, classes: ['cpu'], kept_checkpoints: [...kept, { job_id: durable.job_id, step: 6 }] },
  })
  expect(forget_checkpoints).toEqual(kept.map(({ job_id }) => job_id))
})
