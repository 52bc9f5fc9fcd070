import { code, ingest, links, nothing, rows, webhook } from './flow-nodes'
import {
  adminKey,
  nodeRuns,
  outputOf,
  start,
  startFlowWorld,
  type Flow,
  type FlowWorld,
  type Shown,
} from './flow-world'

/*
 * A real n8n with the packed nodes, a real Forge with a real worker. Jobs are held back by pausing their queue, so that
 * an execution is parked for exactly as long as a test wants.
 */
jest.setTimeout(1_200_000)

let world: FlowWorld
let stop = (): Promise<unknown> => Promise.resolve()
beforeAll(async () => {
  world = await startFlowWorld()
  stop = () => world.stop()
})
afterAll(() => stop())
afterEach(() => world.resumeJobs())

const finished = (flow: Flow): Promise<Shown> => world.execution(flow.id, 'success', 'error')
/** A workflow that makes a dataset of twenty rows, once it is parked. */
const parked = async (name: string): Promise<Flow> => {
  const flow = await world.publish(
    name,
    [webhook(name), rows(20), ingest('Ingest', world.credential, { dataset: name })],
    links('Webhook', 'Rows', 'Ingest'),
  )
  await world.pauseJobs()
  await start(flow.url)
  await world.execution(flow.id, 'waiting')
  return flow
}

test('n8n loads every node of the packed package', async () => {
  const nodes = (await world.n8n.rest.call('GET', '/types/nodes.json')) as { name: string }[]
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
  const check = (apiKey: string, baseUrl = world.forge.url) =>
    world.n8n.rest.call('POST', '/rest/credentials/test', {
      credentials: { ...world.credential, type: 'forgeApi', data: { baseUrl, apiKey } },
    })
  expect(await check(adminKey)).toMatchObject({ status: 'OK' })
  expect(await check('fk_wrong')).toMatchObject({ status: 'Error' })
  expect(await check(adminKey, 'http://127.0.0.1:9')).toMatchObject({
    status: 'Error',
    message: expect.stringMatching(/^Forge does not answer at .*: connection refused\. Is Forge running/),
  })
})

test('an execution parks while its job waits, and resumes by itself with the result', async () => {
  const flow = await parked('parks')
  await world.resumeJobs()
  expect(outputOf(await finished(flow), 'Ingest')).toMatchObject([
    { dataset_name: 'parks', dataset_version_id: expect.any(String) },
  ])
})

test('n8n killed while parked goes on after its restart', async () => {
  const flow = await parked('n8n-killed')
  await world.n8n.n8n.stop('SIGKILL')
  await world.resumeJobs()
  await world.n8n.restart()
  expect((await finished(flow)).status).toBe('success')
})

test('Forge killed while n8n is parked still resumes it', async () => {
  const flow = await parked('forge-killed')
  process.kill(world.forge.pid, 'SIGKILL')
  await world.restartForge()
  await world.resumeJobs()
  expect((await finished(flow)).status).toBe('success')
})

test('a job that fails ends the execution as an error, and what follows does not run', async () => {
  const flow = await world.publish(
    'fails',
    [
      webhook('fails'),
      code('Bad Rows', 'return [{ json: { prompt: "", completion: "" } }]'),
      ingest('Ingest', world.credential, { dataset: 'fails' }),
      nothing('After'),
    ],
    links('Webhook', 'Bad Rows', 'Ingest', 'After'),
  )
  await start(flow.url)
  const ended = await finished(flow)
  expect(ended.status).toBe('error')
  expect(nodeRuns(ended, 'After')).toEqual([])
})
