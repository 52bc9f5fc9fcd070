import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installAirflow } from '../../../scripts/airflow/install.mjs'
import { startAirflow, type RunningAirflow } from '../../../scripts/airflow/start.mjs'
import type { ForgeClient } from '../../../server/client/client'
import type { Job } from '../../../server/contract/jobs'
import type { GivenBody } from '../../../server/contract/route'
import { routes } from '../../../server/contract/routes'
import { startForge, type ForgeProcess } from '../../chaos/forge-process'
import { openAirflow, type AirflowRest } from './rest'

/* Forge drives a real Airflow. */
jest.setTimeout(600_000)

let folder: string
let airflow: RunningAirflow
let rest: AirflowRest
let forge: ForgeProcess
let password: string

beforeAll(async () => {
  await installAirflow()
  folder = mkdtempSync(join(tmpdir(), 'forge-bridge-'))
  cpSync(join(__dirname, 'bridge-dags'), join(folder, 'dags'), { recursive: true })
  forge = await startForge(join(folder, 'forge'), { FORGE_OUTGOING_ALLOW: '127.0.0.1', FORGE_LEASE_SECONDS: '30' })
  airflow = await startAirflow({ folder: join(folder, 'airflow'), dags: join(folder, 'dags') })
  rest = openAirflow(airflow.url, await airflow.token())
  const passwords = readFileSync(join(folder, 'airflow', 'passwords.json'), 'utf8')
  password = (JSON.parse(passwords) as { admin: string }).admin
  await connect('airflow', { password })
  for (const dag of ['bridged', 'slow', 'paused', 'on_forge_event', 'waits_deferred']) await rest.dag(dag)
})
afterAll(async () => {
  await airflow.stop()
  await forge.stop()
  rmSync(folder, { recursive: true, force: true })
})

const client = (): ForgeClient => forge.client
const connect = (name: string, secrets: { password: string } | { token: string }) =>
  client().call(routes.createConnection, {
    body: { name, type: 'airflow', settings: { base_url: airflow.url, username: 'admin' }, secrets },
  })
type Given = GivenBody<typeof routes.createAirflowDagRun>
const start = (body: Given): Promise<Job> =>
  client().call(routes.createAirflowDagRun, { body: { connection: 'airflow', ...body } })
const until = async (id: string, so: (job: Job) => boolean, patience_ms = 240_000): Promise<Job> => {
  let job = await client().call(routes.getJob, { params: { id } })
  for (const end = Date.now() + patience_ms; Date.now() < end && !so(job); ) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    job = await client().call(routes.getJob, { params: { id } })
  }
  if (so(job)) return job
  throw new Error(`The job is still ${JSON.stringify(job)}`)
}
const ended = (id: string): Promise<Job> =>
  until(id, ({ status }) => ['succeeded', 'failed', 'cancelled'].includes(status))
const runIn = (dag: string, id: string) =>
  rest.call<{ state: string; note: string | null }>('GET', `/api/v2/dags/${dag}/dagRuns/forge__${id}`)

test('the connection test signs in and counts the DAGs; a wrong password and a wrong token are named', async () => {
  const tryOut = (id: string) => client().call(routes.testConnection, { params: { id } })
  expect(await tryOut('airflow')).toMatchObject({ ok: true, detail: expect.stringMatching(/^Airflow 3\..+; 5 DAGs/) })
  await connect('wrong-password', { password: 'no' })
  expect(await tryOut('wrong-password')).toMatchObject({ ok: false, detail: expect.stringContaining('refuses access') })
  await connect('wrong-token', { token: 'no' })
  expect(await tryOut('wrong-token')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('refuses access: Invalid JWT token'),
  })
})

test('DAGs are searched and paged; parameters are JSON Schema', async () => {
  const query = { connection: 'airflow' }
  const found = await client().call(routes.listAirflowDags, { query: { ...query, search: 'ridg' } })
  expect(found).toMatchObject({ total: 1, data: [{ id: 'bridged', is_paused: false }] })
  const page = await client().call(routes.listAirflowDags, { query: { ...query, limit: 2, offset: 2 } })
  expect(page.data.map(({ id, is_paused }) => [id, is_paused])).toEqual([
    ['paused', true],
    ['slow', false],
  ])
  const dag = await client().call(routes.getAirflowDag, { params: { id: 'bridged' }, query })
  expect(dag.parameters.properties).toMatchObject({
    rows: { type: 'integer', minimum: 1, default: 3, description: 'how many' },
    mode: { enum: ['fast', 'exact'], default: 'fast' },
    fail: { type: 'boolean', default: false },
  })
})

test('a run is started, followed to its end, and its result carries the XComs', async () => {
  const { id } = await start({
    dag_id: 'bridged',
    conf: { rows: 5 },
    note: 'from Forge',
    xcoms: [{ task_id: 'fit' }, { task_id: 'load', key: 'nothing' }],
  })
  const job = await ended(id)

  expect(job).toMatchObject({
    status: 'succeeded',
    result: {
      dag_run_id: `forge__${id}`,
      xcoms: [
        { task_id: 'fit', value: { rows: 5, mode: 'fast' }, problem: null },
        { task_id: 'load', value: null, problem: expect.any(String) },
      ],
    },
    progress: { step: 2, total: 2, unit: 'tasks', metrics: { success: 2 } },
  })
  expect(job.progress?.url).toBe(`${airflow.url}/dags/bridged/runs/forge__${id}`)
  expect(await runIn('bridged', id)).toMatchObject({ state: 'success', note: 'from Forge' })
})

test('a run that failed names its task', async () => {
  const { id } = await start({ dag_id: 'bridged', conf: { fail: true } })
  expect((await ended(id)).error).toMatchObject({
    code: 'airflow_run_failed',
    message: expect.stringContaining('task fit failed'),
  })
})

test.each([
  ['a paused DAG', { dag_id: 'paused' }, 'airflow_dag_paused', 'is paused'],
  ['a DAG that is not there', { dag_id: 'nothing' }, 'airflow_dag_not_found', 'no DAG "nothing"'],
  ['a conf that does not fit', { dag_id: 'bridged', conf: { rows: 'many' } }, 'airflow_run_refused', 'rows'],
  ['a wrong token', { dag_id: 'bridged', connection: 'wrong-token' }, 'airflow_access_refused', 'Invalid JWT token'],
])('%s fails the job and says so', async (_what, body, code, message) => {
  const { id } = await start(body)
  expect((await ended(id)).error).toMatchObject({ code, message: expect.stringContaining(message) })
})

test('a run that is there already is taken up; another one of the same logical date is a refusal', async () => {
  const run_at = new Date(Date.now() + 15_000).toISOString()
  const { id } = await start({ dag_id: 'bridged', job: { run_at } })
  await rest.call('POST', '/api/v2/dags/bridged/dagRuns', { dag_run_id: `forge__${id}`, logical_date: null })
  expect((await ended(id)).status).toBe('succeeded')
  const { lines } = await client().call(routes.getJobLogs, { params: { id } })
  expect(lines[0]?.line).toContain('was there already')

  const logical_date = '2026-02-03T00:00:00Z'
  const first = await start({ dag_id: 'bridged', logical_date })
  await until(first.id, ({ progress }) => progress !== null)
  const second = await start({ dag_id: 'bridged', logical_date })
  expect((await ended(second.id)).error).toMatchObject({ code: 'airflow_run_refused' })
  expect((await ended(first.id)).status).toBe('succeeded')
})

test('cancelling the job ends the run in Airflow', async () => {
  const { id } = await start({ dag_id: 'slow' })
  await until(id, ({ progress }) => progress?.metrics['running'] === 1)
  await client().call(routes.cancelJob, { params: { id } })
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if ((await runIn('slow', id)).state === 'failed') break
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  expect((await runIn('slow', id)).state).toBe('failed')
  expect((await ended(id)).status).toBe('cancelled')
})

test('Airflow is away for a minute while a run goes on: the job waits, says so, and succeeds with the one run', async () => {
  const { id } = await start({ dag_id: 'waits_deferred', xcoms: [{ task_id: 'after' }] })
  await until(id, ({ progress }) => progress?.metrics['deferred'] === 1)
  await airflow.stopPart('api-server', 'SIGKILL')
  const minute = new Promise((resolve) => setTimeout(resolve, 60_000))
  await until(id, ({ status_reason }) => status_reason === 'airflow_unavailable')
  await minute
  expect(await client().call(routes.getJob, { params: { id } })).toMatchObject({
    status: 'running',
    status_reason: 'airflow_unavailable',
  })
  airflow.startPart('api-server')

  expect(await ended(id)).toMatchObject({
    status: 'succeeded',
    status_reason: null,
    result: { dag_run_id: `forge__${id}`, xcoms: [{ task_id: 'after', value: 'went on' }] },
  })
  const all = await rest.call<{ dag_runs: object[] }>('GET', '/api/v2/dags/waits_deferred/dagRuns')
  expect(all.dag_runs).toMatchObject([{ dag_run_id: `forge__${id}`, state: 'success' }])
})

test('a Forge event becomes an asset event that starts a DAG', async () => {
  const { id: endpoint } = await client().call(routes.createWebhookEndpoint, {
    body: { type: 'airflow', connection: 'airflow', asset: 'forge://events', events: ['job.cancelled'] },
  })
  const run_at = new Date(Date.now() + 3_600_000).toISOString()
  const { id } = await start({ dag_id: 'bridged', job: { run_at } })
  await client().call(routes.cancelJob, { params: { id } })
  const runs = () => rest.call<{ dag_runs: { dag_run_id: string }[] }>('GET', '/api/v2/dags/on_forge_event/dagRuns')
  let [run] = (await runs()).dag_runs
  for (const end = Date.now() + 120_000; Date.now() < end && run === undefined; [run] = (await runs()).dag_runs)
    await new Promise((resolve) => setTimeout(resolve, 1000))

  expect(await rest.ended('on_forge_event', run?.dag_run_id ?? '')).toBe('success')
  expect(await rest.xcom('on_forge_event', run?.dag_run_id ?? '', 'read')).toMatchObject([
    { type: 'job.cancelled', data: { job_id: id, kind: 'airflow-dag' } },
  ])
  await client().call(routes.deleteWebhookEndpoint, { params: { id: endpoint } })
})
