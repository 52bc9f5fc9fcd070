import type { INodeExecutionData } from 'n8n-workflow'
import { switchTo } from '../../server/deployments/generations'
import { rollOut } from '../support/deploy-jobs'
import type { ScriptedWorker } from '../support/scripted-worker'
import { startServer, type TestServer } from '../support/server'
import { completeDeploy } from './support/jobs'
import { startN8n, type Execution, type FlowNode, type N8n } from './support/n8n'
import { tunedModel } from './support/tuned-model'

let forge: TestServer
let n8n: N8n
let worker: ScriptedWorker
let model: string

beforeAll(async () => {
  forge = await startServer({ FORGE_OUTGOING_ALLOW: '127.0.0.1' })
  n8n = await startN8n({ baseUrl: forge.url, apiKey: forge.adminKey })
  worker = await forge.worker('scripted')
  model = await tunedModel(forge)
}, 60_000)
afterAll(async () => {
  await n8n.stop()
  await forge.stop()
})

const one: INodeExecutionData[] = [{ json: {} }]
const byId = (value: string) => ({ __rl: true, mode: 'id', value })
const pass = (name: string): FlowNode => ({ name, type: 'test.pass' })
const deploy = (options: object = {}, onError: FlowNode['onError'] = 'continueRegularOutput'): FlowNode[] => [
  {
    name: 'Deploy',
    type: 'forgeDeploy',
    parameters: {
      operation: 'deploy',
      name: 'texts',
      model: byId(model),
      options: { require_approval: true, ...options },
    },
    onError,
    to: ['Done', 'Failed'],
  },
  pass('Done'),
  pass('Failed'),
]
const records = (parameters: object): Promise<Execution> =>
  n8n.run([{ name: 'Forge', type: 'forge', parameters: { resource: 'approval', ...parameters } }], one)

const rollBack = (name: string): FlowNode[] => [
  {
    name: 'Undo',
    type: 'forgeDeploy',
    parameters: {
      operation: 'rollBack',
      deployment: byId(name),
      options: { require_approval: true, approval_timeout_seconds: 3600 },
    },
    onError: 'continueRegularOutput',
    to: ['Done', 'Failed'],
  },
  pass('Done'),
  pass('Failed'),
]
/** A deployment that first served the model and now serves another one. */
const updated = async (name: string): Promise<void> => {
  for (const each of [model, await tunedModel(forge)]) {
    const [node, ...rest] = deploy({ require_approval: false })
    const parameters = { ...node?.parameters, name, model: byId(each) }
    const parked = await n8n.run([{ ...node, parameters } as FlowNode, ...rest], one)
    const id = await completeDeploy(forge, worker, await worker.take())
    const done = (await n8n.ended(parked.id)).json('Done')
    await forge.db.transaction().execute((tx) => switchTo(tx, id, Number(done[0]?.['generation'])))
  }
}

/** Parks a deployment until it waits for a person, and gives the id of the approval. */
const park = async (flow: FlowNode[]): Promise<{ execution: string; approval: string }> => {
  const { id: execution, status } = await n8n.run(flow, one)
  expect(status).toBe('waiting')
  expect(await rollOut(worker, await worker.take())).toEqual({ state: 'awaiting_approval' })
  const found = await records({ operation: 'getAll', filters: { status: 'pending' } })
  return { execution, approval: found.json('Forge')[0]?.['approval_id'] as string }
}

test('a deployment that waits for a person goes on when one approves in another workflow, and leaves by Done', async () => {
  const { execution, approval } = await park(deploy())
  expect((await records({ operation: 'get', approval: byId(approval) })).json('Forge')).toMatchObject([
    { status: 'pending', deployment: 'texts', model_id: model, gate_failed: false, decided_by: null },
  ])

  const decided = await records({ operation: 'approve', approval: byId(approval), reason: 'Read twenty texts.' })
  expect(decided.json('Forge')).toMatchObject([
    { approval_id: approval, status: 'approved', decided_by: 'admin', reason: 'Read twenty texts.' },
  ])
  await completeDeploy(forge, worker, await worker.take())
  const ended = await n8n.ended(execution)

  expect(ended.json('Done')).toMatchObject([{ name: 'texts', generation: 1 }])
  expect(ended.ran('Failed')).toBe(false)
})

test('a rejected deployment leaves by Failed with who rejected it and why', async () => {
  const { execution, approval } = await park(deploy())
  await records({ operation: 'reject', approval: byId(approval), reason: 'The tone is off.' })
  const ended = await n8n.ended(execution)

  expect(ended.ran('Done')).toBe(false)
  expect(ended.json('Failed')).toMatchObject([
    {
      error: expect.stringMatching(/^"admin" rejected model .* as "texts": The tone is off\.$/),
      details: { code: 'approval_rejected' },
    },
  ])
})

test('a roll back that waits for a person serves the model before once one approves, and leaves by Done', async () => {
  await updated('undone')
  const { execution, approval } = await park(rollBack('undone'))
  expect((await records({ operation: 'get', approval: byId(approval) })).json('Forge')).toMatchObject([
    { deployment: 'undone', model_id: model },
  ])
  await records({ operation: 'approve', approval: byId(approval) })
  const lease = await worker.take()
  expect(lease.input).toMatchObject({ model, require_approval: true, approval_timeout_seconds: 3600 })
  await completeDeploy(forge, worker, lease)
  const ended = await n8n.ended(execution)

  expect(ended.json('Done')).toMatchObject([{ name: 'undone', generation: 3 }])
  expect(ended.ran('Failed')).toBe(false)
})

test('a rejected roll back changes nothing and leaves by Failed', async () => {
  await updated('kept')
  const { execution, approval } = await park(rollBack('kept'))
  await records({ operation: 'reject', approval: byId(approval), reason: 'The new one is better.' })
  const ended = await n8n.ended(execution)

  expect(ended.ran('Done')).toBe(false)
  expect(ended.json('Failed')).toMatchObject([
    { error: expect.stringContaining('The new one is better.'), details: { code: 'approval_rejected' } },
  ])
  const generations = await forge.db
    .selectFrom('app.deployment_generation as g')
    .innerJoin('app.deployment as d', 'd.id', 'g.deployment_id')
    .where('d.name', '=', 'kept')
    .select('g.state')
    .orderBy('g.generation')
    .execute()
  expect(generations).toEqual([{ state: 'retired' }, { state: 'serving' }])
})

test('with Stop Workflow a rejection ends the execution as an error', async () => {
  const { execution, approval } = await park(deploy({}, 'stopWorkflow'))
  await records({ operation: 'reject', approval: byId(approval), reason: 'The tone is off.' })
  const ended = await n8n.ended(execution)

  expect(ended.status).toBe('error')
  expect(ended.error).toMatchObject({ message: expect.stringContaining('The tone is off.') })
  expect(ended.ran('Done') || ended.ran('Failed')).toBe(false)
})

test('a decided approval cannot be decided otherwise; the node says who decided', async () => {
  const { execution, approval } = await park(deploy())
  await records({ operation: 'reject', approval: byId(approval), reason: 'No.' })
  await n8n.ended(execution)
  const late = await records({ operation: 'approve', approval: byId(approval) })

  expect(late.error).toMatchObject({ message: expect.stringContaining('"admin" rejected it at') })
})

test('the wait limit leaves room for the person, unless it is set', async () => {
  const { execution, approval } = await park(deploy({ approval_timeout_seconds: 86_400 }))
  const group = await forge.db
    .selectFrom('app.job_group')
    .select(['created_at', 'deadline_at'])
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  expect((group.deadline_at?.getTime() ?? 0) - group.created_at.getTime()).toBeCloseTo(8 * 86_400_000, -4)
  await records({ operation: 'reject', approval: byId(approval), reason: 'No.' })
  await n8n.ended(execution)
})
