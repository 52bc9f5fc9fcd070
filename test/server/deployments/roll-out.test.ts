import { checkGate } from '../../../server/deployments/gate'
import { findModel } from '../../../server/deployments/find-model'
import { isSettled, observeReplicas } from '../../../server/deployments/observe-replicas'
import { reconcileReplicas } from '../../../server/deployments/reconcile'
import { previousModel, rollOutState, stopDeployment } from '../../../server/deployments/roll-out'
import { sleepIdle, touchDeployments, wake } from '../../../server/deployments/sleep-idle'
import { findDeployment, getDeployment, listDeployments } from '../../../server/deployments/views'
import { withDatabase, type TestDatabase } from '../../support/database'
import {
  addEvaluation,
  addJob,
  addModel,
  addWorker,
  base,
  clear,
  current,
  deploy,
  deployInput,
  report,
  serve,
} from '../../support/serving-fixture'

let database: TestDatabase
let db: TestDatabase['db']
let project: string
beforeAll(async () => {
  database = await withDatabase()
  db = database.db
  project = database.project
}, 60_000)
afterAll(() => database.close())
beforeEach(() => clear(db))

const engine = { port: 4000, token: 'engine-token' }

test('a deployment goes from starting to ready, and its replica has the address and the token of the engine', async () => {
  const worker = await addWorker(db, 'one')
  const { deployment_id } = await deploy(db, project, deployInput('writer', base))
  expect(await getDeployment(db, project, 'writer')).toMatchObject({
    status: 'starting',
    model: null,
    serving_generation: null,
  })

  await serve(db, worker, engine)

  expect(await getDeployment(db, project, deployment_id)).toMatchObject({
    status: 'ready',
    model: base,
    serving_generation: 1,
    history: [{ generation: 1, state: 'serving' }],
    replicas: [{ state: 'ready', worker_id: worker }],
  })
  const replica = await db.selectFrom('app.replica').selectAll().executeTakeFirstOrThrow()
  expect(replica).toMatchObject({ address: '127.0.0.1:4000', token: 'engine-token', served_model: 'engine-name' })
})

test('the same deploy job gives the same generation, also when it asks twice at once', async () => {
  const jobId = await addJob(db, project)
  const answers = await Promise.all([1, 2].map(() => deploy(db, project, deployInput('writer', base), jobId)))
  expect(answers[1]).toEqual(answers[0])
  expect(await deploy(db, project, deployInput('writer', base), jobId)).toEqual(answers[0])
  expect(await rollOutState(db, jobId)).toMatchObject({ generation: 1, state: 'rolling_out' })
})

test('a new generation takes over in one step and the old replica drains before it goes', async () => {
  const worker = await addWorker(db, 'one')
  const model = await addModel(db, project)
  const { deployment_id } = await deploy(db, project, deployInput('writer', base))
  await serve(db, worker, engine)
  await deploy(db, project, deployInput('writer', model))

  await reconcileReplicas(db)
  expect((await current(db, worker)).map(({ state }) => state)).toEqual(['ready', 'starting'])
  expect(await getDeployment(db, project, deployment_id)).toMatchObject({ status: 'ready', model: base, generation: 2 })
  await serve(db, worker, engine)
  expect(await getDeployment(db, project, deployment_id)).toMatchObject({
    model,
    serving_generation: 2,
    history: [{ state: 'serving' }, { state: 'retired' }],
  })

  await reconcileReplicas(db, { drainSeconds: 0 })
  expect((await current(db, worker)).map(({ state }) => state).sort()).toEqual(['draining', 'ready'])
  await reconcileReplicas(db, { drainSeconds: 0 })
  expect((await current(db, worker)).map(({ state }) => state)).toEqual(['ready'])
  expect(await previousModel(db, await findDeployment(db, project, 'writer'))).toMatchObject({ id: base })
})

test('three failed starts end the roll-out and the generation before stays in service', async () => {
  const worker = await addWorker(db, 'one')
  const model = await addModel(db, project)
  await deploy(db, project, deployInput('writer', base))
  await serve(db, worker, engine)
  const jobId = await addJob(db, project)
  await deploy(db, project, deployInput('writer', model), jobId)

  for (const attempt of [1, 2, 3]) {
    await reconcileReplicas(db)
    const wanted = await observeReplicas(db, worker, await current(db, worker))
    const fresh = wanted.find(({ generation }) => generation === 2)!
    await observeReplicas(db, worker, [
      ...(await current(db, worker)).filter(({ state }) => state === 'ready'),
      report(fresh, { state: 'failed', error: `no memory ${attempt}` }),
    ])
  }
  await reconcileReplicas(db)

  expect(await rollOutState(db, jobId)).toMatchObject({ state: 'failed', error: 'no memory 3' })
  expect(await getDeployment(db, project, 'writer')).toMatchObject({
    status: 'ready',
    model: base,
    serving_generation: 1,
  })
  expect(await current(db, worker)).toHaveLength(1)
})

test('a model whose gate failed is refused with the reason, and deployed with force, which is audited', async () => {
  const model = await addModel(db, project, { gate: 'failed' })
  await expect(deploy(db, project, deployInput('writer', model))).rejects.toMatchObject({ code: 'gate_failed' })
  await expect(deploy(db, project, deployInput('writer', model, { force: true }))).rejects.toMatchObject({
    code: 'invalid_request',
    param: 'reason',
  })
  const { deployment_id } = await deploy(
    db,
    project,
    deployInput('writer', model, { force: true, reason: 'agreed with legal' }),
  )

  const [entry] = await db.selectFrom('app.audit').selectAll().execute()
  expect(entry).toMatchObject({
    actor: 'key_test',
    action: 'deployment.forced',
    subject: deployment_id,
    details: { reason: 'agreed with legal', model },
  })
})

test('a refusal names the checks that failed in the last evaluation of exactly these artifacts', async () => {
  const model = await addModel(db, project, { gate: 'failed' })
  const other = await addModel(db, project, { gate: 'failed' })
  await addEvaluation(db, project, model, [
    { metric: 'loss', rule: 'improve_by 0.1', value: 2.5, baseline: 2.6, passed: false },
    { metric: 'chrf', rule: 'min 20', value: 30, baseline: null, passed: true },
  ])
  await addEvaluation(db, project, other, [{ metric: 'chrf', rule: 'min 90', value: 1, baseline: null, passed: false }])

  const refused = await checkGate(db, project, deployInput('writer', model)).catch((error: unknown) => error as Error)

  expect(refused).toMatchObject({
    code: 'gate_failed',
    message: expect.stringContaining('loss improve_by 0.1: got 2.5, baseline 2.6'),
  })
  expect((refused as Error).message).not.toContain('chrf')
})

test('a name of a base model cannot be taken, and an unknown model is named in the error', async () => {
  await expect(deploy(db, project, deployInput(base, base))).rejects.toMatchObject({ code: 'name_taken' })
  await expect(deploy(db, project, deployInput('writer', 'model_none'))).rejects.toMatchObject({
    code: 'model_not_found',
    message: expect.stringContaining('model_none'),
  })
})

test('a name resolves as base, id, base:adapter, deployment and at last the newest model of that name', async () => {
  await addModel(db, project, { name: `${base}:tone` })
  const newest = await addModel(db, project, { name: `${base}:tone` })
  expect(await findModel(db, project, base)).toMatchObject({ id: base, kind: 'base', artifact_hash: null })
  expect(await findModel(db, project, newest)).toMatchObject({ id: newest, kind: 'adapter', base_model: base })
  expect(await findModel(db, project, `${base}:${newest}`)).toMatchObject({ id: newest })
  await expect(findModel(db, project, `other:${newest}`)).rejects.toMatchObject({ code: 'model_not_found' })
  expect(await findModel(db, project, `${base}:tone`)).toMatchObject({ id: newest })

  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), engine)
  expect(await findModel(db, project, 'writer')).toMatchObject({ id: base, kind: 'deployment' })
  await expect(findModel(db, 'proj_other', newest)).rejects.toMatchObject({ code: 'model_not_found' })
})

test('an idle deployment goes to sleep at once and a wake brings its replica back', async () => {
  const worker = await addWorker(db, 'one')
  const { deployment_id } = await deploy(db, project, deployInput('writer', base, { idle_timeout_s: 1 }))
  await serve(db, worker, engine)
  expect(await sleepIdle(db, { graceSeconds: -1, busy: [deployment_id] })).toEqual([])
  await touchDeployments(db, [deployment_id])
  expect(await sleepIdle(db)).toEqual([])
  expect(await sleepIdle(db, { graceSeconds: -1 })).toEqual([deployment_id])

  await reconcileReplicas(db)
  await reconcileReplicas(db)
  expect(await current(db, worker)).toEqual([])
  expect(await getDeployment(db, project, 'writer')).toMatchObject({ status: 'asleep', model: base })
  expect(await wake(db, deployment_id)).toBe(true)
  expect(await wake(db, deployment_id)).toBe(false)
  await serve(db, worker, engine)
  expect(await getDeployment(db, project, 'writer')).toMatchObject({ status: 'ready' })
})

test('a replica that is not heard of any more is gone, and another worker gets a new one', async () => {
  const lost = await addWorker(db, 'lost')
  await deploy(db, project, deployInput('writer', base))
  await serve(db, lost, engine)
  await db
    .updateTable('app.replica')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .execute()
  await db
    .updateTable('app.worker')
    .set({ last_seen_at: new Date(Date.now() - 120_000) })
    .where('id', '=', lost)
    .execute()
  const other = await addWorker(db, 'other')

  await serve(db, other, engine)

  expect(await getDeployment(db, project, 'writer')).toMatchObject({
    status: 'ready',
    replicas: [{ worker_id: other, state: 'ready' }],
  })
})

test('a worker that was started anew is told to start its replicas again', async () => {
  const worker = await addWorker(db, 'one')
  await deploy(db, project, deployInput('writer', base))
  const before = await serve(db, worker, engine)
  expect(isSettled(before, await current(db, worker))).toBe(true)

  const after = await observeReplicas(db, worker, [])

  expect(after).toEqual([expect.objectContaining({ replica_id: before[0]!.replica_id, drain: false })])
  expect(isSettled(after, [])).toBe(false)
  expect(await getDeployment(db, project, 'writer')).toMatchObject({ status: 'starting' })
})

test('a worker that drains serves until another one answers', async () => {
  const first = await addWorker(db, 'first')
  await deploy(db, project, deployInput('writer', base))
  await serve(db, first, engine)
  await db.updateTable('app.worker').set({ draining: true }).where('id', '=', first).execute()
  await reconcileReplicas(db)
  expect(await current(db, first)).toMatchObject([{ state: 'ready' }])

  await serve(db, await addWorker(db, 'second'), engine)
  await reconcileReplicas(db)

  expect(await current(db, first)).toMatchObject([{ state: 'draining' }])
})

test('a stopped deployment drains, and the list shows it', async () => {
  const worker = await addWorker(db, 'one')
  await deploy(db, project, deployInput('writer', base))
  await serve(db, worker, engine)
  await db.transaction().execute(async (tx) => stopDeployment(tx, await findDeployment(tx, project, 'writer')))
  await reconcileReplicas(db)

  expect(await current(db, worker)).toMatchObject([{ state: 'draining' }])
  const page = await listDeployments(db, project, { limit: 10 })
  expect(page).toMatchObject({ has_more: false, data: [{ name: 'writer', status: 'stopped', model: null }] })
})

test('servers that plan at once start one replica, not one each', async () => {
  const worker = await addWorker(db, 'one')
  await deploy(db, project, deployInput('writer', base))
  await Promise.all([1, 2, 3].map(() => reconcileReplicas(db)))
  expect(await current(db, worker)).toHaveLength(1)
})
