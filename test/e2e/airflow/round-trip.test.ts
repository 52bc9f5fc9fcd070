import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { installProvider } from '../../../scripts/airflow/install.mjs'
import { startAirflow, type RunningAirflow } from '../../../scripts/airflow/start.mjs'
import { withCredential } from '../../../scripts/n8n/examples.mjs'
import { routes } from '../../../server/contract/routes'
import { root } from '../../chaos/forge-process'
import { openChromium } from '../../support/chromium'
import { adminKey, nodeRuns, outputOf, start, startFlowWorld, until, type FlowWorld } from '../n8n/flow-world'
import { openAirflow, type AirflowRest } from './rest'
import { connectionForm, openExtraFields, patience_ms, signIn, taskLink } from './screenshots'

/*
 * examples/airflow-round-trip as it stands, in a real n8n, Forge and Airflow; then Airflow's pages in a real Chromium.
 * `FORGE_SCREENSHOTS=docs/images` keeps the pictures for the docs.
 */
jest.setTimeout(600_000)

const example = join(root, 'examples', 'airflow-round-trip')
const pictures = process.env['FORGE_SCREENSHOTS'] ?? join(root, '.tmp', 'screenshots')
const dag = 'forge_started_from_n8n'

let folder: string
let world: FlowWorld
let airflow: RunningAirflow | undefined
let rest: AirflowRest
let browser: Browser | undefined
let page: Page
/** of the run that the workflow started */
let runId: string
let jobUrl: string

const running = (): RunningAirflow => {
  if (!airflow) throw new Error('Airflow did not start.')
  return airflow
}
const password = (): string => {
  const passwords = JSON.parse(readFileSync(join(folder, 'airflow', 'passwords.json'), 'utf8')) as { admin: string }
  return passwords.admin
}

beforeAll(async () => {
  await installProvider()
  folder = mkdtempSync(join(tmpdir(), 'forge-round-trip-'))
  const dags = join(folder, 'dags')
  mkdirSync(dags)
  copyFileSync(join(example, 'dag.py'), join(dags, 'dag.py'))
  world = await startFlowWorld({ FORGE_OUTGOING_ALLOW: '127.0.0.1', FORGE_LEASE_SECONDS: '30' })
  const connection = { conn_type: 'forge', host: world.forge.url, password: adminKey }
  airflow = await startAirflow({
    folder: join(folder, 'airflow'),
    dags,
    environment: { AIRFLOW_CONN_FORGE_DEFAULT: JSON.stringify(connection) },
  })
  rest = openAirflow(airflow.url, await airflow.token())
  await world.forge.client.call(routes.createConnection, {
    body: {
      name: 'airflow',
      type: 'airflow',
      settings: { base_url: airflow.url, username: 'admin' },
      secrets: { password: password() },
    },
  })
  await rest.dag(dag)
})
afterAll(async () => {
  await browser?.close()
  await airflow?.stop()
  await world.stop()
  rmSync(folder, { recursive: true, force: true })
})

const jobs = async () => (await world.forge.client.call(routes.listJobs, { query: { limit: 100 } })).data
const runs = async () =>
  (
    await rest.call<{ dag_runs: { dag_run_id: string; state: string; note: string | null }[] }>(
      'GET',
      `/api/v2/dags/${dag}/dagRuns`,
    )
  ).dag_runs

test('a workflow starts a DAG, whose task starts a job at Forge, and goes on by itself with the texts', async () => {
  const light = { params: { class: 'light' as const } }
  await world.forge.client.call(routes.pauseQueue, light)
  const saved = JSON.parse(readFileSync(join(example, 'workflow.json'), 'utf8')) as Parameters<typeof withCredential>[0]
  const { id } = await world.n8n.rest.workflow(withCredential(saved, world.credential))
  await world.n8n.rest.activate(id)
  await start(`${world.n8n.n8n.url}/webhook/forge-airflow-round-trip`, {
    products: [{ title: 'Oak Bread Board' }, { title: 'Linen Apron' }],
  })

  // all three wait, and none of them holds a worker: n8n for Forge, Airflow for Forge, Forge for its queue
  const parked = await world.execution(id, 'waiting')
  const [run] = await until(runs, (all) => all.length > 0)
  runId = run?.dag_run_id ?? ''
  await rest.until(dag, runId, 'write', ['deferred'])
  expect((await world.execution(id, 'waiting')).id).toBe(parked.id)
  await world.forge.client.call(routes.resumeQueue, light)

  const ended = await world.execution(id, 'success', 'error')
  expect(ended).toMatchObject({ id: parked.id, status: 'success' })
  expect(await runs()).toMatchObject([{ dag_run_id: runId, state: 'success', note: `n8n execution ${ended.id}` }])
  const made = await jobs()
  expect(made.map(({ kind, status }) => [kind, status]).sort()).toEqual([
    ['airflow-dag', 'succeeded'],
    ['generate', 'succeeded'],
  ])
  const [outer, inner] = [made.find(({ kind }) => kind === 'airflow-dag'), made.find(({ kind }) => kind === 'generate')]
  expect(runId).toBe(`forge__${outer?.id}`)
  expect(inner?.metadata).toMatchObject({ airflow_run_id: runId })

  const handedOn = await rest.xcom<{ job_id: string; job_url: string; rows: { text: string }[] }>(dag, runId, 'write')
  expect(handedOn.job_id).toBe(inner?.id)
  jobUrl = handedOn.job_url
  expect(outputOf(ended, 'Run DAG')).toMatchObject([
    { dag_run_id: runId, job_id: outer?.id, xcoms: { write: { return_value: handedOn } } },
  ])
  expect(nodeRuns(ended, 'Texts')).toHaveLength(1)
  expect(outputOf(ended, 'Texts')).toEqual(
    ['Oak Bread Board', 'Linen Apron'].map((title, at) => ({
      title,
      text: handedOn.rows[at]?.text,
      error: null,
      job_url: jobUrl,
    })),
  )
  for (const { text } of handedOn.rows) expect(text).toMatch(/\w/)
})

describe('Airflow in a browser', () => {
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    browser = await openChromium()
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(patience_ms)
    await signIn(page, running().url, { name: 'admin', password: password() })
  })
  const picture = (name: string) => page.screenshot({ path: join(pictures, `airflow-${name}.png`) })
  /** Leaves a picture of where it stands if it does not end well. */
  const step = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      await picture(`failed-${name}`)
      throw error
    }
  }

  test('the task of the run shows the link to its Forge job', () =>
    step('run', async () => {
      const task = { dagId: dag, runId, taskId: 'write' }
      expect(await taskLink(page, running().url, task, 'Forge job')).toBe(jobUrl)
      await picture('run')
    }))

  test('"Add Connection" has the type Forge with its fields', () =>
    step('connection', async () => {
      const dialog = await connectionForm(page, running().url, 'Forge')
      for (const label of ['Server URL', 'API key']) await dialog.getByText(label, { exact: true }).waitFor()
      await dialog.locator('input[name=connection_id]').fill('forge_default')
      await dialog.locator('input[name=host]').fill('https://forge.example')
      await picture('connection')
      await openExtraFields(dialog)
      for (const label of ['Verify TLS', 'Namespace', 'Console URL']) await dialog.getByText(label).first().waitFor()
    }))
})
