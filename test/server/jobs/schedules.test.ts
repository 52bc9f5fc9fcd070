import { routes } from '../../../server/contract/routes'
import { nextTime } from '../../../server/jobs/schedule-view'
import { runSchedules } from '../../../server/jobs/schedules'
import { findModel } from '../../../server/deployments/find-model'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

const models = { findModel, checkGate: () => Promise.resolve(), checkCallable: () => Promise.resolve() } as never
const sleep = { kind: 'sleep' as const, input: { seconds: 1 } }
const create = (given: { work?: object; overlap?: 'skip' | 'queue'; cron?: string; time_zone?: string } = {}) =>
  server.clients.write.call(routes.createSchedule, {
    body: { name: unique('nightly'), cron: '0 2 * * *', work: sleep, ...given } as never,
  })
const get = (id: string) => server.clients.read.call(routes.getSchedule, { params: { id } })
const makeDue = (id: string, at = new Date(Date.now() - 60_000)): Promise<unknown> =>
  server.db.updateTable('app.schedule').set({ next_run_at: at }).where('id', '=', id).execute()
const jobsOf = async (name: string): Promise<string[]> =>
  (await server.clients.read.call(routes.listJobs, { query: { metadata: `schedule=${name}` } })).data.map(
    ({ id }) => id,
  )

/** Two servers look at the clock at once, until the schedule has its next time. */
const turn = async (id: string): Promise<void> => {
  do await Promise.all([runSchedules(server.db, models), runSchedules(server.db, models)])
  while (new Date((await get(id)).next_run_at ?? 0) < new Date())
}

test('what is due is started once, however many servers look, and missed times are made up for once', async () => {
  const schedule = await create()
  await makeDue(schedule.id, new Date(Date.now() - 30 * 86_400_000))
  await turn(schedule.id)
  const jobs = await jobsOf(schedule.name)
  expect(jobs).toHaveLength(1)
  expect(await get(schedule.id)).toMatchObject({ last_job_id: jobs[0], last_error: null })
})

test('a crash between the job and the row of its schedule makes no second job', async () => {
  const schedule = await create({ overlap: 'queue' })
  const at = new Date(Date.now() - 1000)
  await makeDue(schedule.id, at)
  await turn(schedule.id)
  await makeDue(schedule.id, at)
  await turn(schedule.id)
  expect(await jobsOf(schedule.name)).toHaveLength(1)
})

test.each([
  ['skip', 1],
  ['queue', 2],
] as const)('with overlap %s a job that still runs leaves %i', async (overlap, count) => {
  const schedule = await create({ overlap })
  for (const minutes of [2, 1]) {
    await makeDue(schedule.id, new Date(Date.now() - minutes * 60_000))
    await turn(schedule.id)
  }
  expect(await jobsOf(schedule.name)).toHaveLength(count)
})

test('work that cannot start is recorded and tried at the next time', async () => {
  const work = { kind: 'ingest', input: { name: 'd', source: { type: 'files', file_ids: ['file_gone'] }, options: {} } }
  const schedule = await create({ work })
  await makeDue(schedule.id)
  await turn(schedule.id)
  const after = await get(schedule.id)
  expect(after).toMatchObject({ last_job_id: null, last_error: { code: 'file_not_found' }, enabled: true })
  expect(new Date(after.next_run_at ?? 0).getTime()).toBeGreaterThan(Date.now())
})

test('work that this version no longer takes is recorded, listed, and holds up no other schedule', async () => {
  const [old, other] = [await create(), await create()]
  await server.db
    .updateTable('app.schedule')
    .set({ work: JSON.stringify({ kind: 'gone' }) })
    .where('id', '=', old.id)
    .execute()
  await makeDue(old.id, new Date(Date.now() - 120_000))
  await makeDue(other.id)
  await turn(other.id)
  await turn(old.id)
  expect(await jobsOf(other.name)).toHaveLength(1)
  const { data } = await server.clients.read.call(routes.listSchedules, { query: { limit: 100 } })
  expect(data.find(({ id }) => id === old.id)).toMatchObject({
    work: { kind: 'gone' },
    last_job_id: null,
    last_error: { code: 'invalid_request', hint: expect.stringContaining('PATCH /v1/schedules/:id') },
  })
})

test('a recipe is started by the clock, with its steps; queued ones share a concurrency key', async () => {
  const { id } = await server.clients.write.call(routes.putFile, {
    query: { purpose: 'dataset', filename: 'a.jsonl' },
    body: Buffer.from('{}\n'),
  })
  const recipe = { name: 'shop', ingest: { file_ids: [id], options: {} }, fine_tune: {} }
  const schedule = await create({ work: { recipe }, overlap: 'queue' })
  await makeDue(schedule.id)
  await turn(schedule.id)
  const { last_job_id: run } = await get(schedule.id)
  const steps = await server.db
    .selectFrom('app.job')
    .select(['kind', 'concurrency_key'])
    .where('parent_id', '=', run)
    .orderBy('id')
    .execute()
  const concurrency_key = `schedule/${schedule.id}`
  expect(steps).toEqual([
    { kind: 'ingest', concurrency_key },
    { kind: 'fine-tune', concurrency_key },
  ])
})

test.each([
  ['keeps its local hour when the clocks change', '2026-03-27T12:00:00Z', '2026-03-28T01:30:00.000Z'],
  ['comes an hour later on the day that lacks its time', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
  ['has its local hour again the day after', '2026-03-29T12:00:00Z', '2026-03-30T00:30:00.000Z'],
  ['comes the first time on the day that has its time twice', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
  ['does not come the second time', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
])('a daily schedule %s', (_promise, after, next) => {
  expect(nextTime('30 2 * * *', 'Europe/Vienna', new Date(after)).toISOString()).toBe(next)
})

test.each([
  ['the wrong value of its work', { work: { kind: 'sleep', input: { seconds: -1 } } }, 'work.input.seconds'],
  [
    'a deadline that is over at the second time',
    { work: { ...sleep, job: { deadline_at: '2030-01-01T00:00:00Z' } } },
    'deadline_at',
  ],
  ['an unknown time zone', { time_zone: 'Europe/Nowhere' }, 'Europe/Nowhere'],
])('the refusal of a schedule names %s', async (_what, given, named) => {
  await expect(create(given)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(named),
  })
})

test.each(['* * * *', '61 * * * *', '0 0 0 * * *', 'daily'])(
  'the cron line "%s" is refused with how to write one',
  async (cron) => {
    await expect(create({ cron })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(cron),
    })
  },
)

test('a schedule can be run now, switched off and deleted, and its jobs stay', async () => {
  const schedule = await create()
  const params = { id: schedule.id }
  const job = await server.clients.write.call(routes.runSchedule, { params })
  expect(await jobsOf(schedule.name)).toEqual([job.id])
  const off = await server.clients.write.call(routes.updateSchedule, { params, body: { enabled: false } })
  expect(off).toMatchObject({ enabled: false, next_run_at: null, cron: '0 2 * * *' })
  await server.clients.write.call(routes.deleteSchedule, { params })
  await expect(get(schedule.id)).rejects.toMatchObject({ code: 'schedule_not_found' })
  expect(await jobsOf(schedule.name)).toEqual([job.id])
})
