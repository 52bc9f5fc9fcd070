import type { INodeExecutionData } from 'n8n-workflow'
import type { ScriptedWorker } from '../support/scripted-worker'
import { startServer, type TestServer } from '../support/server'
import { completeDeploy, completeEvaluate, completeIngest } from './support/jobs'
import { tunedModel } from './support/tuned-model'
import { startN8n, type FlowNode, type N8n } from './support/n8n'

let forge: TestServer
let n8n: N8n
let worker: ScriptedWorker
let model: string
/** another one, since a failed gate keeps a model from being deployed */
let served: string

beforeAll(async () => {
  forge = await startServer({ FORGE_OUTGOING_ALLOW: '127.0.0.1' })
  n8n = await startN8n({ baseUrl: forge.url, apiKey: forge.adminKey })
  worker = await forge.worker('scripted')
  model = await tunedModel(forge)
  served = await tunedModel(forge, { name: 'served' })
  const { id } = await n8n.run(
    [
      {
        name: 'Ingest',
        type: 'forgeIngest',
        parameters: { operation: 'fromItems', dataset_name: 'held-out', rows: 'pairs', prompt: 'a', completion: 'b' },
      },
    ],
    one,
  )
  await completeIngest(worker, await worker.take())
  await n8n.ended(id)
}, 60_000)
afterAll(async () => {
  await n8n.stop()
  await forge.stop()
})

const one: INodeExecutionData[] = [{ json: {} }]
const byId = (value: string) => ({ __rl: true, mode: 'id', value })
const pass = (name: string): FlowNode => ({ name, type: 'test.pass' })
const evaluate = (): FlowNode[] => [
  {
    name: 'Evaluate',
    type: 'forgeEvaluate',
    parameters: {
      model: byId(model),
      dataset: byId('held-out'),
      metrics: ['chrf'],
      gate: { thresholds: [{ metric: 'chrf', rule: 'min', value: 40 }] },
    },
    to: ['Passed', 'Below', 'Failed'],
  },
  pass('Passed'),
  pass('Below'),
  pass('Failed'),
]

test.each([
  ['Passed', 41],
  ['Below', 39],
] as const)('an evaluation leaves by %s when chrF is %d and the gate wants 40', async (output, chrf) => {
  const parked = await n8n.run(evaluate(), one)
  const lease = await worker.take()
  expect(lease.input).toMatchObject({ gate: { chrf: { min: 40 } }, metrics: ['chrf'], baseline: 'base' })
  await completeEvaluate(worker, lease, chrf)
  const ended = await n8n.ended(parked.id)

  expect(ended.status).toBe('success')
  expect(['Passed', 'Below', 'Failed'].filter((node) => ended.ran(node))).toEqual([output])
  expect(ended.json(output)).toMatchObject([{ model_id: model, scores: { chrf }, passed: chrf >= 40 }])
})

test('an evaluation whose job failed stops the workflow; neither verdict is taken', async () => {
  const parked = await n8n.run(evaluate(), one)
  await worker.fail(await worker.take(), 'model_not_loadable', 'The adapter is damaged.')
  const ended = await n8n.ended(parked.id)

  expect(ended.status).toBe('error')
  expect(ended.ran('Passed') || ended.ran('Below')).toBe(false)
})

test('a deployment that is refused for its gate stops the workflow before anything waits', async () => {
  const refused = await tunedModel(forge, { name: 'refused', gate: 'failed' })
  const run = await n8n.run(
    [{ name: 'Deploy', type: 'forgeDeploy', parameters: { operation: 'deploy', name: 'texts', model: byId(refused) } }],
    one,
  )

  expect(run.status).toBe('error')
  expect(run.error).toMatchObject({
    message: expect.stringContaining('did not pass its gate'),
    description: expect.stringContaining('force'),
  })
})

test('a deployment that did not come up stops the workflow and names why', async () => {
  const parked = await n8n.run(
    [
      {
        name: 'Deploy',
        type: 'forgeDeploy',
        parameters: { operation: 'deploy', name: 'texts', model: byId(served) },
        onError: 'continueRegularOutput',
        to: ['Done', 'Failed'],
      },
      pass('Done'),
      pass('Failed'),
    ],
    one,
  )
  const lease = await worker.take()
  expect(lease).toMatchObject({ kind: 'deploy', input: { name: 'texts', model: served } })
  await worker.fail(lease, 'deployment_failed', 'The engine did not start three times.')
  const ended = await n8n.ended(parked.id)

  expect(ended.json('Failed')).toMatchObject([{ error: 'The engine did not start three times.' }])
  expect(ended.ran('Done')).toBe(false)
})

test('a deployment that has served nothing before has nothing to roll back to', async () => {
  await rollOut()
  const run = await n8n.run(
    [{ name: 'Undo', type: 'forgeDeploy', parameters: { operation: 'rollBack', deployment: byId('fresh') } }],
    one,
  )

  expect(run.error).toMatchObject({ message: 'Deployment "fresh" has no generation to roll back to' })
})

test('a deployment that is up is shown, and can be stopped', async () => {
  await rollOut()
  const run = await n8n.run(
    [{ name: 'Stop', type: 'forgeDeploy', parameters: { operation: 'stop', deployment: byId('fresh') } }],
    one,
  )

  expect(run.json('Stop')).toMatchObject([{ name: 'fresh', status: 'stopped' }])
})

/** Rolls `fresh` out as the worker does, without an engine. */
const rollOut = async (): Promise<void> => {
  const parked = await n8n.run(
    [
      {
        name: 'Deploy',
        type: 'forgeDeploy',
        parameters: { operation: 'deploy', name: 'fresh', model: byId(served) },
        onError: 'continueRegularOutput',
      },
    ],
    one,
  )
  const lease = await worker.take()
  const id = await completeDeploy(forge, worker, lease)
  const ended = await n8n.ended(parked.id)
  expect(ended.json('Deploy')).toMatchObject([{ name: 'fresh', deployment_id: id }])
}
