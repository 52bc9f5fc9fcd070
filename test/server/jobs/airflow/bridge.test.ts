import type { Job } from '../../../../server/contract/jobs'
import type { GivenBody } from '../../../../server/contract/route'
import { routes } from '../../../../server/contract/routes'
import { startAirflowStandIn, type AirflowStandIn } from '../../../support/airflow'
import { startReceiver } from '../../../support/receiver'
import { startServer, type TestServer } from '../../../support/server'
import { unique } from '../../../support/unique'

let server: TestServer
let airflow: AirflowStandIn
let connection: string

beforeAll(async () => {
  server = await startServer({
    FORGE_OUTGOING_ALLOW: '127.0.0.1',
    FORGE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  })
}, 60_000)
afterAll(() => server.stop())
beforeEach(async () => {
  airflow = await startAirflowStandIn()
  airflow.addDag('train', { params: { rows: { value: 3, schema: { type: 'integer' }, description: 'how many' } } })
  connection = (await connect()).id
})
afterEach(() => airflow.stop())

const connect = (secrets: { password: string } | { token: string } = { password: airflow.user.password }) =>
  server.clients.write.call(routes.createConnection, {
    body: {
      name: unique('airflow'),
      type: 'airflow',
      settings: { base_url: airflow.url, username: 'password' in secrets ? airflow.user.username : null },
      secrets,
    },
  })
type Given = GivenBody<typeof routes.createAirflowDagRun>
const start = (change: Partial<Given> = {}, key?: string): Promise<Job> =>
  server.clients.write.call(
    routes.createAirflowDagRun,
    { body: { connection, dag_id: 'train', ...change } },
    key === undefined ? {} : { idempotencyKey: key },
  )
const get = (id: string): Promise<Job> => server.clients.read.call(routes.getJob, { params: { id } })
const cancel = (id: string): Promise<Job> => server.clients.write.call(routes.cancelJob, { params: { id } })
const until = async (id: string, so: (job: Job) => boolean): Promise<Job> => {
  for (const end = Date.now() + 18_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const job = await get(id)
    if (so(job)) return job
  }
  throw new Error(`The job is still ${JSON.stringify(await get(id))}`)
}
const isEnd = ({ status }: Job): boolean => ['succeeded', 'failed', 'cancelled'].includes(status)
const patched = (id: string) => airflow.next(({ method, path }) => method === 'PATCH' && path.endsWith(`forge__${id}`))

test('a run is started once, followed to its end, and its result carries the chosen XComs', async () => {
  const { id } = await start({
    conf: { rows: 5 },
    note: 'from a test',
    xcoms: [{ task_id: 'fit', key: 'model' }, { task_id: 'fit' }],
  })
  const run = await airflow.runOf(id)
  expect(run).toMatchObject({ dag_run_id: `forge__${id}`, conf: { rows: 5 }, note: 'from a test', logical_date: null })
  airflow.pushXCom(run.dag_run_id, 'fit', 'model', { loss: 0.5 })
  airflow.move(run.dag_run_id, 'success', { load: 'success', fit: 'success' })
  const job = await until(id, isEnd)

  expect(job).toMatchObject({
    kind: 'airflow-dag',
    class: 'server',
    status: 'succeeded',
    attempt: 1,
    result: {
      dag_id: 'train',
      dag_run_id: `forge__${id}`,
      url: `${airflow.url}/dags/train/runs/forge__${id}`,
      xcoms: [
        { task_id: 'fit', key: 'model', map_index: -1, value: { loss: 0.5 }, problem: null },
        { task_id: 'fit', key: 'return_value', value: null, problem: expect.stringContaining('pushed nothing') },
      ],
    },
    usage: { energy_joules: 0, method: null },
  })
  const logs = await server.clients.read.call(routes.getJobLogs, { params: { id } })
  expect(logs.lines.map(({ line }) => line)).toEqual([
    `The run was started: ${airflow.url}/dags/train/runs/forge__${id}`,
  ])
})

test('while it runs the job shows the tasks by state, each with its log', async () => {
  const { id } = await start()
  const { dag_run_id } = await airflow.runOf(id)
  expect((await until(id, ({ progress }) => progress !== null)).progress).toMatchObject({
    unit: 'tasks',
    url: `${airflow.url}/dags/train/runs/${dag_run_id}`,
  })
  airflow.move(dag_run_id, 'running', { load: 'success', fit: 'deferred' })
  const { progress } = await until(id, (job) => (job.progress?.step ?? 0) > 0)

  expect(progress).toMatchObject({
    step: 1,
    total: 2,
    metrics: { success: 1, deferred: 1 },
    tasks: [
      expect.anything(),
      {
        task_id: 'fit',
        state: 'deferred',
        log_url: `${airflow.url}/dags/train/runs/${dag_run_id}/tasks/fit?try_number=1`,
      },
    ],
  })
  await cancel(id)
})

test('one list of changes serves all runs of a connection', async () => {
  const ids: string[] = []
  for (let count = 0; count < 5; count++) ids.push((await start()).id)
  for (const id of ids) await airflow.runOf(id)
  for (const id of ids) airflow.move(`forge__${id}`, 'success', { fit: 'success' })
  for (const id of ids) expect((await until(id, isEnd)).status).toBe('succeeded')

  const lists = airflow.asked.filter(({ path }) => path === '/dags/~/dagRuns')
  expect(lists[0]?.query.get('updated_at_gte')).toMatch(/^\d{4}-/)
  expect(lists.length).toBeLessThan(5)
})

test('a run that failed names the tasks that failed', async () => {
  const { id } = await start()
  const { dag_run_id } = await airflow.runOf(id)
  airflow.move(dag_run_id, 'failed', { load: 'success', fit: 'failed', publish: 'upstream_failed' })

  expect((await until(id, isEnd)).error).toMatchObject({
    code: 'airflow_run_failed',
    message: `The run ${dag_run_id} of the DAG "train" failed in Airflow: task fit failed.`,
  })
})

test.each([
  ['a DAG that is not there', 'airflow_dag_not_found', { dag_id: 'nothing' }, 'has no DAG "nothing"'],
  ['a paused DAG', 'airflow_dag_paused', { dag_id: 'paused' }, 'is paused'],
  ['a DAG whose file is gone', 'airflow_dag_not_found', { dag_id: 'stale' }, 'has no DAG "stale"'],
  ['a conf that does not fit', 'airflow_run_refused', { conf: { rows: 'many' } }, 'Invalid input for param rows'],
] as const)('%s fails the job with %s and starts nothing', async (_what, code, change, message) => {
  airflow.addDag('paused', { is_paused: true })
  airflow.addDag('stale', { is_stale: true })
  const { id } = await start(change)

  expect((await until(id, isEnd)).error).toMatchObject({ code, message: expect.stringContaining(message) })
  expect(airflow.runs.size).toBe(0)
})

test('another run of the same logical date is a clear refusal, and is not taken for its own', async () => {
  const logical_date = '2026-01-02T00:00:00Z'
  const first = await start({ logical_date })
  await airflow.runOf(first.id)
  const second = await start({ logical_date })

  expect((await until(second.id, isEnd)).error).toMatchObject({
    code: 'airflow_run_refused',
    message: expect.stringContaining(logical_date),
  })
  await cancel(first.id)
})

test.each([
  ['a wrong token', { token: 'made-up' }, 'Invalid JWT token'],
  ['a wrong password', { password: 'wrong' }, 'Invalid credentials'],
])('%s fails the job at once', async (_what, secrets, detail) => {
  const { id } = await start({ connection: (await connect(secrets)).id })

  expect((await until(id, isEnd)).error).toMatchObject({
    code: 'airflow_access_refused',
    message: expect.stringContaining(detail),
  })
})

test('a token that ran out is exchanged, and the run is followed on', async () => {
  const { id } = await start()
  const { dag_run_id } = await airflow.runOf(id)
  airflow.expireTokens()
  airflow.move(dag_run_id, 'success', { fit: 'success' })

  expect((await until(id, isEnd)).status).toBe('succeeded')
})

test('a start whose answer was lost takes up the run that it made, also when its DAG was paused meanwhile', async () => {
  airflow.dropNextStart = true
  const { id } = await start()
  const { dag_run_id } = await airflow.runOf(id)
  airflow.addDag('train', { is_paused: true })
  airflow.move(dag_run_id, 'success', { fit: 'success' })

  expect((await until(id, isEnd)).status).toBe('succeeded')
  expect(airflow.asked.filter(({ method, path }) => method === 'POST' && path.endsWith('/dagRuns'))).toHaveLength(1)
})

test('while Airflow is away the job says so; it goes on when Airflow answers again', async () => {
  const { id } = await start()
  const { dag_run_id } = await airflow.runOf(id)
  airflow.down = true
  const away = await until(id, ({ status_reason }) => status_reason !== null)
  expect(away).toMatchObject({ status: 'running', status_reason: 'airflow_unavailable' })

  airflow.move(dag_run_id, 'success', { fit: 'success' })
  airflow.down = false
  expect(await until(id, isEnd)).toMatchObject({ status: 'succeeded', status_reason: null })
})

test('a job that is past its deadline while Airflow is away fails, and its run is ended when Airflow is back', async () => {
  const { id } = await start({ job: { deadline_at: new Date(Date.now() + 3_600_000).toISOString() } })
  await airflow.runOf(id)
  airflow.down = true
  await until(id, ({ status_reason }) => status_reason !== null)
  await server.db
    .updateTable('app.job')
    .set({ deadline_at: new Date(0) })
    .where('id', '=', id)
    .execute()
  await server.enforceLimits()
  expect((await get(id)).error).toMatchObject({ code: 'timed_out' })

  const ended = patched(id)
  airflow.down = false
  expect((await ended).body).toEqual({ state: 'failed' })
})

test('cancelling the job ends the run in Airflow as failed', async () => {
  const { id } = await start()
  await airflow.runOf(id)
  const ended = patched(id)
  expect(await cancel(id)).toMatchObject({ status: 'cancelled' })
  await ended

  expect(airflow.runs.get(`forge__${id}`)).toMatchObject({ state: 'failed' })
  expect(await get(id)).toMatchObject({ status: 'cancelled', error: null })
})

test('a job that is cancelled before Airflow was reached starts nothing there', async () => {
  airflow.down = true
  const { id } = await start()
  await until(id, ({ status_reason }) => status_reason !== null)
  await cancel(id)
  airflow.down = false
  // it was never started, so nothing is asked for it again: the next job's run comes after that look
  const next = await start()
  await airflow.runOf(next.id)

  expect(airflow.runs.has(`forge__${id}`)).toBe(false)
  await cancel(next.id)
})

test('a run that was deleted in Airflow fails its job', async () => {
  const { id } = await start()
  await airflow.runOf(id)
  await until(id, ({ progress }) => progress !== null)
  airflow.runs.delete(`forge__${id}`)
  await server.db
    .updateTable('app.airflow_run')
    .set({ looked_at: new Date(0) })
    .where('job_id', '=', id)
    .execute()

  expect((await until(id, isEnd)).error).toMatchObject({ code: 'airflow_run_lost' })
})

test('a connection that was deleted meanwhile fails the job with that reason', async () => {
  const { id } = await start()
  await airflow.runOf(id)
  await server.clients.write.call(routes.deleteConnection, { params: { id: connection } })

  expect((await until(id, isEnd)).error).toMatchObject({ code: 'connection_not_found' })
})

test('the same key finds the job, retry starts another run', async () => {
  const key = unique('key')
  const first = await start({}, key)
  expect((await start({}, key)).id).toBe(first.id)
  const { dag_run_id } = await airflow.runOf(first.id)
  airflow.move(dag_run_id, 'failed', { fit: 'failed' })
  await until(first.id, isEnd)
  const again = await server.clients.write.call(routes.retryJob, { params: { id: first.id } })
  const run = await airflow.runOf(again.id)

  expect(again).toMatchObject({ retry_of: first.id, class: 'server' })
  expect(run.dag_run_id).not.toBe(dag_run_id)
  await cancel(again.id)
})

test('jobs of one concurrency key follow each other, and a paused class starts none', async () => {
  const options = { job: { concurrency_key: unique('one') } }
  const [first, second] = [await start(options), await start(options)]
  const { dag_run_id } = await airflow.runOf(first.id)
  expect((await get(second.id)).status).toBe('queued')
  await server.clients.admin.call(routes.pauseQueue, { params: { class: 'server' } })
  airflow.move(dag_run_id, 'success', { fit: 'success' })
  await until(first.id, isEnd)
  expect(await until(second.id, ({ status_reason }) => status_reason !== null)).toMatchObject({
    status: 'queued',
    status_reason: 'queue_paused',
  })
  await server.clients.admin.call(routes.resumeQueue, { params: { class: 'server' } })
  await airflow.runOf(second.id)
  await expect(server.clients.write.call(routes.pauseJob, { params: { id: second.id } })).rejects.toMatchObject({
    code: 'illegal_move',
  })
  await cancel(second.id)
})

test('runs in a group end it, and its callback comes', async () => {
  const receiver = await startReceiver()
  try {
    const group = await server.clients.write.call(routes.createJobGroup, {
      body: {
        jobs: [{ kind: 'airflow-dag', input: { connection, dag_id: 'train' } }],
        callback_url: receiver.url,
      },
    })
    const { dag_run_id } = await airflow.runOf(group.job_ids[0] ?? '')
    airflow.move(dag_run_id, 'success', { fit: 'success' })

    expect((await receiver.nth(1)).body).toMatchObject({ type: 'job_group.ended', status: 'succeeded' })
  } finally {
    await receiver.close()
  }
})

test('a worker is never given such a job, nor may it offer the class', async () => {
  const { id } = await start()
  await airflow.runOf(id)
  const worker = await server.worker(unique('w'))
  expect(await worker.ask()).toBeNull()
  await expect(server.worker(unique('w'), { classes: ['server' as never] })).rejects.toMatchObject({
    code: 'invalid_request',
  })
  await cancel(id)
})
