import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { INodeParameters } from 'n8n-workflow'
import type { ScriptedWorker } from '../support/scripted-worker'
import { startServer, type TestServer } from '../support/server'
import { completeDeploy, completeEvaluate, completeFineTune, completeIngest } from './support/jobs'
import { startN8n, type FlowNode, type N8n } from './support/n8n'

interface SavedWorkflow {
  nodes: { name: string; type: string; parameters: INodeParameters }[]
  connections: Record<string, { main: { node: string }[][] }>
}

let forge: TestServer
let n8n: N8n
let worker: ScriptedWorker

beforeAll(async () => {
  forge = await startServer({ FORGE_OUTGOING_ALLOW: '127.0.0.1' })
  n8n = await startN8n({ baseUrl: forge.url, apiKey: forge.adminKey })
  worker = await forge.worker('scripted')
}, 60_000)
afterAll(async () => {
  await n8n.stop()
  await forge.stop()
})

const folder = join(__dirname, 'saved-workflows')
const flowOf = ({ nodes, connections }: SavedWorkflow): FlowNode[] =>
  nodes
    .filter(({ type }) => type.startsWith('n8n-nodes-forge.'))
    .map(({ name, type, parameters }) => ({
      name,
      type: type.split('.')[1] ?? '',
      parameters,
      to: (connections[name]?.main ?? []).map((targets) => targets.map(({ node }) => node)),
    }))

/** Does whatever job comes next, well. */
const work = async (): Promise<void> => {
  const lease = await worker.take()
  if (lease.kind === 'ingest') await completeIngest(worker, lease)
  if (lease.kind === 'fine-tune') await completeFineTune(worker, lease)
  if (lease.kind === 'evaluate') await completeEvaluate(worker, lease, 41)
  if (lease.kind === 'deploy') await completeDeploy(forge, worker, lease)
}

test.each(readdirSync(folder))('a workflow that was saved with version %s still runs to its end', async (file) => {
  const flow = flowOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as SavedWorkflow)
  const parked = await n8n.run(flow, [
    { json: { question: 'q0', answer: 'a0' } },
    { json: { question: 'q1', answer: 'a1' } },
  ])
  for (const { type } of flow) if (type !== 'forge') await work()
  const ended = await n8n.ended(parked.id)

  expect(ended.error).toBeUndefined()
  expect(ended.json('Forge')).toMatchObject([{ kind: 'deploy', status: 'succeeded' }])
})
