import { checkCallable } from '../../../server/deployments/check-released'
import { findModel } from '../../../server/deployments/find-model'
import { resolveTarget } from '../../../server/deployments/resolve-target'
import { enginesSeen, expectResultServing, expectServing } from '../../../server/deployments/serving-view'
import { getDeployment } from '../../../server/deployments/views'
import { baseOf, findCheckpoint } from '../../../server/storage/sql/find-checkpoint'
import { withDatabase, type TestDatabase } from '../../support/database'
import {
  addCheckpoint,
  addEvaluation,
  addModel,
  addWorker,
  base,
  clear,
  deploy,
  deployInput,
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
beforeEach(async () => {
  await clear(db)
  await db.updateTable('app.project').set({ require_deployment: false }).execute()
})

const failedCheck = { metric: 'loss' as const, rule: 'max 1', value: 2, baseline: null, passed: false }
const jobOf = async (model: string): Promise<string> =>
  (await db.selectFrom('app.model').select('job_id').where('id', '=', model).executeTakeFirstOrThrow()).job_id
const requireDeployment = () =>
  db.updateTable('app.project').set({ require_deployment: true }).where('id', '=', project).execute()

test('a checkpoint is a model by its job, its model, or base and model; it brings the adapter alone', async () => {
  const model = await addModel(db, project, { name: `${base}:tone:abcdef` })
  const job = await addCheckpoint(db, project, { step: 20, jobId: await jobOf(model) })
  const id = `${job.replace('job_', 'ftjob_')}:ckpt-step-20`

  for (const what of [job, job.replace('job_', 'ftjob_'), model, `${base}:${model}`, `${base}:tone:abcdef`])
    expect(await findModel(db, project, `${what}:ckpt-step-20`)).toMatchObject({
      id,
      kind: 'checkpoint',
      base_model: base,
      gate: null,
    })
  const found = await findCheckpoint(db, project, id)
  expect(found?.artifacts.map(({ name }) => name)).toEqual([
    'adapter.gguf',
    'adapter_config.json',
    'adapter_model.safetensors',
  ])
  await expect(findModel(db, project, `${model}:ckpt-step-21`)).rejects.toMatchObject({ code: 'model_not_found' })
  await expect(findModel(db, project, `other-base:${model}:ckpt-step-20`)).rejects.toMatchObject({
    code: 'model_not_found',
  })
})

test('a checkpoint of a running job is callable, and goes with its model when that is deleted', async () => {
  const job = await addCheckpoint(db, project, { step: 5 })
  expect(await findModel(db, project, `${job}:ckpt-step-5`)).toMatchObject({ base_model: base })
  expect(await resolveTarget(db, { projectId: project, name: `${job}:ckpt-step-5`, forJob: false })).toMatchObject({
    deploymentId: expect.stringMatching(/^dep_/) as unknown,
  })

  const model = await addModel(db, project)
  const done = await addCheckpoint(db, project, { step: 5, jobId: await jobOf(model) })
  await db.updateTable('app.model').set({ deleted_at: new Date() }).where('id', '=', model).execute()
  await expect(findModel(db, project, `${done}:ckpt-step-5`)).rejects.toMatchObject({ code: 'model_not_found' })
})

test('what is trained on from a checkpoint or a model has the base of that', async () => {
  const job = await addCheckpoint(db, project, { step: 5 })
  const model = await addModel(db, project)
  const next = await addCheckpoint(db, project, { step: 9, input: { base_model: `${job}:ckpt-step-5` } })

  expect(await baseOf(db, project, `${next}:ckpt-step-9`)).toBe(base)
  expect(await baseOf(db, project, model)).toBe(base)
  expect(await baseOf(db, project, 'folder:mine')).toBe('folder:mine')
})

test('a checkpoint whose artifacts failed their gate is refused on demand, except to a job', async () => {
  const job = await addCheckpoint(db, project, { step: 5 })
  const found = await findCheckpoint(db, project, `${job}:ckpt-step-5`)
  const name = found?.id ?? ''
  await addEvaluation(db, project, name, [failedCheck], found?.artifact_hash)

  const call = { projectId: project, name }
  await expect(resolveTarget(db, { ...call, forJob: false })).rejects.toMatchObject({ code: 'model_not_released' })
  expect(await resolveTarget(db, { ...call, forJob: true })).toBeDefined()
  await expect(deploy(db, project, deployInput('writer', name))).rejects.toMatchObject({ code: 'gate_failed' })
})

test('a project that requires a deployment refuses bases, models and generation jobs without one', async () => {
  const model = await addModel(db, project)
  const worker = await addWorker(db, 'one')
  await deploy(db, project, deployInput('writer', model))
  await serve(db, worker, { port: 4000, token: 'secret' })
  await requireDeployment()

  for (const name of [base, model]) {
    await expect(resolveTarget(db, { projectId: project, name, forJob: false })).rejects.toMatchObject({
      code: 'model_not_released',
      message: expect.stringContaining('deployments only') as unknown,
    })
    await expect(checkCallable(db, project, name)).rejects.toMatchObject({ code: 'model_not_released' })
    expect(await resolveTarget(db, { projectId: project, name, forJob: true })).toBeDefined()
  }
  expect(await resolveTarget(db, { projectId: project, name: 'writer', forJob: false })).toBeDefined()
  await checkCallable(db, project, 'writer')
})

test('a new deployment may not take the name of a base or of a model', async () => {
  await addModel(db, project, { name: 'taken' })
  for (const name of [base, 'taken'])
    await expect(deploy(db, project, deployInput(name, base))).rejects.toMatchObject({ code: 'name_taken' })
})

test('a model says which engine serves it: by its artifacts, or as the worker reported', async () => {
  const model = await addModel(db, project)
  const worker = await addWorker(db, 'one')
  const artifact = { name: 'adapter_model.safetensors', sha256: 'a'.repeat(64), bytes: 1 }
  const none = await enginesSeen(db, project)

  expect(expectServing({ id: base, base_model: base, artifacts: [] }, none)).toEqual({ engine: 'llama', slow: false })
  expect(expectServing({ id: 'm', base_model: base, artifacts: [artifact] }, none)).toEqual({
    engine: 'transformers',
    slow: true,
  })
  expect(await expectResultServing(db, project, 'folder:mine')).toEqual({ engine: null, slow: null })

  await deploy(db, project, deployInput('writer', 'folder:mine'))
  await deploy(db, project, deployInput('other', model))
  await serve(db, worker, { port: 4000, token: 'secret', engine: 'transformers' })

  expect(await getDeployment(db, project, 'writer')).toMatchObject({
    forge: { engine: 'transformers', slow: true },
    replicas: [{ engine: 'transformers' }],
  })
  expect(await expectResultServing(db, project, 'folder:mine')).toEqual({ engine: 'transformers', slow: true })
})
