import { Webhook } from 'standardwebhooks'
import { ApiError } from '../../../../server/client/client'
import type { JobGroup } from '../../../../server/contract/job-groups'
import { routes } from '../../../../server/contract/routes'
import { startReceiver, type Receiver } from '../../../support/receiver'
import type { ScriptedWorker } from '../../../support/scripted-worker'
import { startServer, type TestServer } from '../../../support/server'

let server: TestServer
let worker: ScriptedWorker
let receiver: Receiver
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('groups')
}, 60_000)
afterAll(() => server.stop())
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

const sleepJob = { kind: 'sleep' as const, input: { seconds: 1 } }

const create = (body: {
  jobs?: (typeof sleepJob)[]
  callback_url?: string
  deadline_seconds?: number
  orphan_after_seconds?: number | null
}): Promise<JobGroup> =>
  server.clients.write.call(routes.createJobGroup, { body: { jobs: [sleepJob, sleepJob], ...body } })
const get = (id: string): Promise<JobGroup> => server.clients.read.call(routes.getJobGroup, { params: { id } })

/** Looks again until it is so. */
const until = async (id: string, so: (group: JobGroup) => boolean): Promise<JobGroup> => {
  for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const group = await get(id)
    if (so(group)) return group
  }
  throw new Error(`The group is still ${JSON.stringify(await get(id))}`)
}
/** Runs every open job of the group to its end on the worker. */
const runAll = async (group: JobGroup): Promise<void> => {
  for (let open = group.job_ids.length; open > 0; open -= 1) await worker.complete(await worker.take())
}
const refusal = async (call: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await call.then(
    () => new Error('it was accepted'),
    (cause: unknown) => cause,
  )
  if (!(error instanceof ApiError)) throw error as Error
  return error
}

test('one callback comes when every job has ended, with ids and states only, signed', async () => {
  const group = await create({ callback_url: receiver.url })
  expect(group).toMatchObject({ status: 'running', counts: { queued: 2 }, callback: { status: 'waiting' } })
  expect(group.callback?.url).not.toContain('s3cret')
  await worker.complete(await worker.take())
  expect(receiver.received.filter(({ body }) => body['type'] !== 'ping')).toEqual([])
  await worker.complete(await worker.take())

  const call = await receiver.nth(1)
  expect(call.body).toEqual({
    type: 'job_group.ended',
    group_id: group.id,
    status: 'succeeded',
    jobs: group.job_ids.map((id) => ({ id, status: 'succeeded' })),
  })
  const { signing_secret } = await server.db
    .selectFrom('app.project')
    .select('signing_secret')
    .where('id', '=', 'proj_default')
    .executeTakeFirstOrThrow()
  expect(() => new Webhook(signing_secret!).verify(call.text, call.headers as Record<string, string>)).not.toThrow()
  const ended = await until(group.id, ({ callback }) => callback?.status === 'delivered')
  expect(ended).toMatchObject({ status: 'succeeded', callback: { attempts: 1, last_status: 200 } })
  expect(ended.ended_at).not.toBeNull()
})

test('a lost answer is followed by the same message again', async () => {
  receiver.react(({ body }, nth) => (body['type'] !== 'ping' && nth === 1 ? 'drop' : { status: 200 }))
  const group = await create({ jobs: [sleepJob], callback_url: receiver.url })
  await runAll(group)
  const first = await receiver.nth(1)
  await until(group.id, ({ callback }) => callback?.attempts === 1 && callback.last_error !== null)
  // five seconds are planned; the test does not wait for them
  await server.db
    .updateTable('app.callback')
    .set({ next_attempt_at: new Date(0) })
    .where('group_id', '=', group.id)
    .execute()
  const second = await receiver.nth(2)
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  expect(second.text).toBe(first.text)
})

test('an execution that is not parked yet is called again until it is', async () => {
  receiver.react(({ body }, nth) =>
    body['type'] !== 'ping' && nth < 4
      ? { status: 409, text: '{"message":"The execution \\"7\\" is running already."}' }
      : { status: 200 },
  )
  const group = await create({ jobs: [sleepJob], callback_url: receiver.url })
  await runAll(group)
  await receiver.nth(4)
  expect((await until(group.id, ({ callback }) => callback?.status === 'delivered')).callback?.attempts).toBe(4)
})

test('an execution that has finished refuses the callback, and that is its end', async () => {
  const group = await create({ jobs: [sleepJob], callback_url: receiver.url })
  receiver.react(() => ({ status: 409, text: 'The execution "7" has finished already.' }))
  await runAll(group)
  const { callback } = await until(group.id, (seen) => seen.callback?.status === 'refused')
  expect(callback).toMatchObject({ attempts: 1, last_status: 409, next_attempt_at: null })
  expect(callback?.last_error).toContain('has finished already')
})

test('no job is made when nothing takes a call at callback_url', async () => {
  const before = await server.clients.read.call(routes.listJobs, {})
  const url = receiver.url
  await receiver.close()
  const error = await refusal(create({ callback_url: url }))
  expect(error).toMatchObject({ code: 'callback_unreachable', status: 422 })
  expect(error.hint).toContain('N8N_WEBHOOK_URL')
  expect((await server.clients.read.call(routes.listJobs, {})).data).toEqual(before.data)
})

test('a job that cannot be made names its place, and none is made', async () => {
  const bad = {
    kind: 'fine-tune' as const,
    input: { base_model: 'nowhere', data: { type: 'files' as const, training_file: 'file_x' } },
  }
  const before = (await server.clients.read.call(routes.listJobGroups, {})).data.length
  const error = await refusal(server.clients.write.call(routes.createJobGroup, { body: { jobs: [sleepJob, bad] } }))
  expect(error.message).toContain('jobs.1')
  expect((await server.clients.read.call(routes.listJobGroups, {})).data).toHaveLength(before)
})

test('cancelling a group cancels its open jobs and calls back', async () => {
  const group = await create({ callback_url: receiver.url })
  const lease = await worker.take()
  await worker.complete(lease)
  await server.clients.write.call(routes.cancelJobGroup, { params: { id: group.id } })
  expect((await receiver.nth(1)).body).toMatchObject({ status: 'cancelled' })
  const counts = { succeeded: 1, cancelled: 1 }
  expect(await get(group.id)).toMatchObject({ status: 'cancelled', cancel_reason: 'asked', counts })
})

test('jobs that end while their group is cancelled are counted once, and nobody waits for another', async () => {
  const group = await create({ jobs: Array.from({ length: 12 }, () => sleepJob), callback_url: receiver.url })
  const leases = [await worker.take(), await worker.take(), await worker.take()]
  const cancel = (): Promise<JobGroup> => server.clients.write.call(routes.cancelJobGroup, { params: { id: group.id } })
  // a lease whose job was cancelled first is refused: that is its worker's to know
  const outcomes = await Promise.allSettled([cancel(), ...leases.map((lease) => worker.complete(lease)), cancel()])
  expect([outcomes[0].status, outcomes.at(-1)?.status]).toEqual(['fulfilled', 'fulfilled'])
  const ended = await get(group.id)
  expect(ended.status).toBe('cancelled')
  expect((ended.counts.succeeded ?? 0) + (ended.counts.cancelled ?? 0)).toBe(12)
  await until(group.id, ({ callback }) => callback?.status === 'delivered')
  expect(receiver.received.filter(({ body }) => body['type'] === 'job_group.ended')).toHaveLength(1)
})

test('a group past its deadline is timed out', async () => {
  const group = await create({ jobs: [sleepJob], callback_url: receiver.url, deadline_seconds: 600 })
  for (const table of ['app.job', 'app.job_group'] as const) {
    await server.db
      .updateTable(table)
      .set({ deadline_at: new Date(0) })
      .where(table === 'app.job' ? 'group_id' : 'id', '=', group.id)
      .execute()
  }
  await server.enforceLimits()
  expect((await receiver.nth(1)).body).toMatchObject({ status: 'timed_out' })
  expect(await get(group.id)).toMatchObject({ status: 'timed_out', counts: { failed: 1 } })
})

test('one failed job makes the group failed, and the results say which', async () => {
  const group = await create({})
  await worker.complete(await worker.take())
  await worker.fail(await worker.take(), 'training_diverged')
  expect(await get(group.id)).toMatchObject({ status: 'failed', callback: null })
  const page = await server.clients.read.call(routes.listJobGroupResults, {
    params: { id: group.id },
    query: { limit: 1 },
  })
  expect(page).toMatchObject({
    has_more: true,
    data: [{ index: 0, job: { id: group.job_ids[0], status: 'succeeded' } }],
  })
  const rest = await server.clients.read.call(routes.listJobGroupResults, {
    params: { id: group.id },
    query: { after: 0 },
  })
  expect(rest).toMatchObject({ has_more: false, data: [{ index: 1, job: { status: 'failed' } }] })
})

test('a group whose n8n execution is over for three pings is cancelled, and the audit says why', async () => {
  const group = await create({ callback_url: receiver.url, orphan_after_seconds: 3 })
  receiver.react(() => ({ status: 404, text: 'The execution "7" does not exist.' }))
  const ended = await until(group.id, ({ status }) => status === 'cancelled')
  expect(ended).toMatchObject({ cancel_reason: 'nobody_waits', counts: { cancelled: 2 } })
  const pings = receiver.received.filter(({ body }) => body['type'] === 'ping')
  expect(pings.slice(1).every(({ body }) => body['group_id'] === group.id)).toBe(true)
  expect(pings).toHaveLength(4) // one when it was made
  const audit = await server.db.selectFrom('app.audit').selectAll().where('subject', '=', group.id).execute()
  expect(audit).toMatchObject([{ action: 'job_group.cancelled', details: { reason: 'nobody_waits', answer: 404 } }])
})

test('a receiver that is away says nothing about who waits', async () => {
  const group = await create({ callback_url: receiver.url, orphan_after_seconds: 1 })
  const answers = [404, 404, 503, 200, 404, 404, 503]
  const heard = new Promise<void>((resolve) => {
    receiver.react(() => {
      const status = answers.shift()
      if (answers.length === 0) resolve()
      return { status: status ?? 200 }
    })
  })
  await heard
  expect((await get(group.id)).status).toBe('running')
  await server.clients.write.call(routes.cancelJobGroup, { params: { id: group.id } })
})

test('a thousand jobs are made in one call and end as one', async () => {
  const group = await create({ jobs: Array.from({ length: 1000 }, () => sleepJob), callback_url: receiver.url })
  expect(group.counts).toEqual({ queued: 1000 })
  const page = await server.clients.read.call(routes.listJobGroupResults, {
    params: { id: group.id },
    query: { after: 899, limit: 100 },
  })
  expect(page.data.map(({ job }) => job.id)).toEqual(group.job_ids.slice(900))
  expect(page).toMatchObject({
    has_more: false,
    data: expect.arrayContaining([expect.objectContaining({ index: 999 })]),
  })
  await server.clients.write.call(routes.cancelJobGroup, { params: { id: group.id } }, { timeoutMs: 120_000 })
  const { body } = await receiver.nth(1)
  expect((body['jobs'] as unknown[]).length).toBe(1000)
}, 120_000)
