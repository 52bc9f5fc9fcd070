import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '../../../server/contract/routes'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { startN8nWorld, type N8nWorld } from './world'

/*
 * A real n8n with the packed nodes, a real Forge with a real worker. Jobs are held back by pausing their queue, so that
 * an execution is parked for exactly as long as a test wants.
 */
jest.setTimeout(1_200_000)

const adminKey = 'chaos-admin-key-0123456789'
let folder: string
let forge: ForgeProcess
let world: N8nWorld | undefined
const running = (): N8nWorld => {
  if (!world) throw new Error('n8n did not start.')
  return world
}
let credential: { id: string; name: string }

const startForgeHere = (port = '0'): Promise<ForgeProcess> =>
  startForge(folder, {
    FORGE_MODELS_DIR: join(root, '.models'),
    FORGE_LEASE_SECONDS: '10',
    FORGE_HEARTBEAT_SECONDS: '2',
    FORGE_PORT: port,
  })
const data = (baseUrl: string, apiKey: string) => ({ baseUrl, apiKey })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forge-n8n-e2e-'))
  chmodSync(folder, 0o755)
  forge = await startForgeHere()
  world = await startN8nWorld()
  credential = await running().rest.credential({ name: 'Forge', type: 'forgeApi', data: data(forge.url, adminKey) })
})
afterAll(async () => {
  await world?.stop()
  await forge.stop()
  rmSync(folder, { recursive: true, force: true })
})

const pauseJobs = () => forge.client.call(routes.pauseQueue, { params: { class: 'cpu' } })
const resumeJobs = () => forge.client.call(routes.resumeQueue, { params: { class: 'cpu' } })

const node = (name: string, type: string, parameters: object, more: object = {}) => ({
  id: name,
  name,
  type,
  typeVersion: 1,
  position: [0, 0],
  parameters,
  ...more,
})
const links = (...names: string[]) =>
  Object.fromEntries(
    names.slice(0, -1).map((name, at) => [name, { main: [[{ node: names[at + 1], type: 'main', index: 0 }]] }]),
  )
const ingest = (dataset: string, more: object = {}) =>
  node(
    'Ingest',
    'n8n-nodes-forge.forgeIngest',
    { operation: 'fromItems', dataset_name: dataset, rows: 'items', format: 'prompt-completion' },
    { credentials: { forgeApi: credential }, ...more },
  )
const rows = node(
  'Rows',
  'n8n-nodes-base.code',
  {
    jsCode:
      'return Array.from({ length: 20 }, (_, n) => ({ json: { prompt: `Describe board ${n}.`, completion: `Board ${n} is made of oak and lasts.` } }))',
  },
  { typeVersion: 2 },
)
const webhook = (path: string) =>
  node(
    'Webhook',
    'n8n-nodes-base.webhook',
    { path, httpMethod: 'POST', responseMode: 'onReceived' },
    { typeVersion: 2, webhookId: path },
  )

/** An active workflow that a webhook starts; gives the address to call. */
const publish = async (name: string, nodes: Record<string, unknown>[], connections: Record<string, unknown>) => {
  const { id } = await running().rest.workflow({ name, nodes, connections })
  await running().rest.activate(id)
  return { id, url: `${running().n8n.url}/webhook/${name}` }
}
const start = async (url: string): Promise<void> => {
  // n8n opens a webhook a moment after it has said that the workflow is active
  for (let tries = 0; tries < 100; tries += 1) {
    const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
    if (status === 200) return
    if (status !== 404) throw new Error(`The webhook answered ${status}.`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The webhook never opened.')
}
interface Shown {
  id: string
  status: string
  data: string
}
/** The newest execution of a workflow, once it is as asked. */
const execution = async (workflowId: string, ...statuses: string[]): Promise<Shown> => {
  const filter = encodeURIComponent(JSON.stringify({ workflowId }))
  let last = 'none'
  for (const end = Date.now() + 180_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const list = (await running().rest.call('GET', `/rest/executions?filter=${filter}&limit=1`)) as {
      results: { id: string; status: string }[]
    }
    const [newest] = list.results
    last = newest?.status ?? 'none'
    if (newest && statuses.includes(newest.status)) return await running().rest.execution(newest.id)
  }
  throw new Error(
    `The execution is ${last}, not ${statuses.join(' or ')}.\n${running().n8n.log().slice(-3000)}\n${forge.log().slice(-2000)}`,
  )
}

test('n8n loads every node of the packed package', async () => {
  const nodes = (await running().rest.call('GET', '/types/nodes.json')) as { name: string }[]
  const ours = nodes.map(({ name }) => name).filter((name) => name.startsWith('n8n-nodes-forge.'))
  expect(ours).toEqual(
    expect.arrayContaining(
      [
        'forge',
        'forgeChatModel',
        'forgeDeploy',
        'forgeEvaluate',
        'forgeFineTune',
        'forgeGenerate',
        'forgeIngest',
        'forgeTrigger',
      ].map((name) => `n8n-nodes-forge.${name}`),
    ),
  )
})

test('the credential’s test tells a good key from a wrong one, and says what to do about a server that is down', async () => {
  const check = (apiKey: string, baseUrl = forge.url) =>
    running().rest.call('POST', '/rest/credentials/test', {
      credentials: { ...credential, type: 'forgeApi', data: data(baseUrl, apiKey) },
    })
  expect(await check(adminKey)).toMatchObject({ status: 'OK' })
  expect(await check('fk_wrong')).toMatchObject({ status: 'Error' })
  expect(await check(adminKey, 'http://127.0.0.1:9')).toMatchObject({
    status: 'Error',
    message: expect.stringMatching(/^Forge does not answer at .*: connection refused\. Is Forge running/),
  })
})

test('an execution parks while its job waits, and resumes by itself with the result', async () => {
  await pauseJobs()
  const flow = await publish('parks', [webhook('parks'), rows, ingest('parks')], links('Webhook', 'Rows', 'Ingest'))
  await start(flow.url)
  await execution(flow.id, 'waiting')
  await resumeJobs()
  const { data: run } = await execution(flow.id, 'success', 'error')
  expect(run).toContain('dataset_version_id')
})

test('n8n killed while parked goes on after its restart', async () => {
  await pauseJobs()
  const flow = await publish(
    'n8n-killed',
    [webhook('n8n-killed'), rows, ingest('n8n-killed')],
    links('Webhook', 'Rows', 'Ingest'),
  )
  await start(flow.url)
  await execution(flow.id, 'waiting')
  await running().n8n.stop('SIGKILL')
  await resumeJobs()
  await running().restart()
  expect((await execution(flow.id, 'success', 'error')).status).toBe('success')
})

test('Forge killed while n8n is parked still resumes it', async () => {
  await pauseJobs()
  const flow = await publish(
    'forge-killed',
    [webhook('forge-killed'), rows, ingest('forge-killed')],
    links('Webhook', 'Rows', 'Ingest'),
  )
  await start(flow.url)
  await execution(flow.id, 'waiting')
  const { port } = new URL(forge.url)
  process.kill(forge.pid, 'SIGKILL')
  forge = await startForgeHere(port)
  await resumeJobs()
  expect((await execution(flow.id, 'success', 'error')).status).toBe('success')
})

test('a job that fails ends the execution as an error, and what follows does not run', async () => {
  const bad = node(
    'Bad Rows',
    'n8n-nodes-base.code',
    { jsCode: 'return [{ json: { prompt: "", completion: "" } }]' },
    { typeVersion: 2 },
  )
  const after = node('After', 'n8n-nodes-base.noOp', {})
  const flow = await publish(
    'fails',
    [webhook('fails'), bad, ingest('fails'), after],
    links('Webhook', 'Bad Rows', 'Ingest', 'After'),
  )
  await start(flow.url)
  const ended = await execution(flow.id, 'success', 'error')
  expect(ended.status).toBe('error')
  expect(ended.data).not.toContain('"After":[')
})
