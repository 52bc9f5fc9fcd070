import { addCheckpoint, addModel, base } from '../../support/serving-fixture'
import { routes } from '../../../server/contract/routes'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
const project = 'proj_default'
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

const settle = (require_deployment: boolean) =>
  server.clients.admin.call(routes.updateProject, { body: { require_deployment } })

test('an admin demands deployments: models then say that they are not callable, and a call gives 403', async () => {
  const model = await addModel(server.db, project)
  const chat = { model, messages: [{ role: 'user' as const, content: 'Hi' }] }
  await expect(
    server.clients.write.call(routes.updateProject, { body: { require_deployment: true } }),
  ).rejects.toMatchObject({ code: 'missing_scope' })

  expect(await settle(true)).toMatchObject({ id: project, require_deployment: true })
  try {
    expect(await server.clients.read.call(routes.getProject, {})).toMatchObject({ require_deployment: true })
    await expect(server.clients.generate.call(routes.createChatCompletion, { body: chat })).rejects.toMatchObject({
      code: 'model_not_released',
      status: 403,
    })
    const { data } = await server.clients.read.call(routes.listModels, {})
    expect(data.filter(({ forge }) => forge.callable)).toEqual([])
    expect(await server.db.selectFrom('app.audit').select('action').where('subject', '=', project).execute()).toEqual([
      { action: 'project.updated' },
    ])
  } finally {
    await settle(false)
  }
  expect(await server.clients.read.call(routes.getModel, { params: { id: model } })).toMatchObject({
    forge: { callable: true, engine: 'llama', slow: false },
  })
})

test('a model whose last gate failed is listed as not callable', async () => {
  const failed = await addModel(server.db, project, { gate: 'failed' })

  expect(await server.clients.read.call(routes.getModel, { params: { id: failed } })).toMatchObject({
    forge: { callable: false },
  })
})

test('checkpoints stand in the view of their job and of their model, by the name that calls them', async () => {
  const model = await addModel(server.db, project)
  const { job_id } = await server.clients.read.call(routes.getModel, { params: { id: model } })
  const jobId = job_id ?? ''
  const input = { base_model: base, data: { type: 'dataset', dataset_version_id: 'dsv_x' } }
  for (const step of [4, 8]) await addCheckpoint(server.db, project, { step, jobId, input })
  const ftjob = jobId.replace('job_', 'ftjob_')

  const { data } = await server.clients.read.call(routes.listFineTuningCheckpoints, {
    params: { id: ftjob },
    query: {},
  })
  expect(data).toMatchObject(
    [8, 4].map((step) => ({
      object: 'fine_tuning.job.checkpoint',
      fine_tuned_model_checkpoint: `${ftjob}:ckpt-step-${step}`,
      fine_tuning_job_id: ftjob,
      step_number: step,
      metrics: { step, train_loss: 0.5 },
    })),
  )
  const shown = await server.clients.read.call(routes.getModel, { params: { id: model } })
  expect(shown.checkpoints.map((checkpoint) => checkpoint.model)).toEqual(
    [4, 8].map((step) => `${ftjob}:ckpt-step-${step}`),
  )
  expect(await server.clients.read.call(routes.getFineTuningJob, { params: { id: ftjob } })).toMatchObject({
    forge: { serving: { engine: 'llama', slow: false } },
  })
})
