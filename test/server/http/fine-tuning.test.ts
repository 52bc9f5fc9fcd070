import type { ForgeClient } from '../../../server/client/client'
import { routes } from '../../../server/contract/routes'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let client: ForgeClient
let worker: ScriptedWorker
let training_file: string
beforeAll(async () => {
  server = await startServer()
  client = server.clients.write
  worker = await server.worker('only')
  training_file = (
    await client.call(routes.putFile, {
      query: { purpose: 'fine-tune', filename: 'train.jsonl' },
      body: Buffer.from('{"messages":[]}\n'),
    })
  ).id
}, 60_000)
afterAll(() => server.stop())

const model = 'smollm2-135m-instruct'

test("a fine-tuning job has OpenAI's shape, from creation to its model", async () => {
  const made = await client.call(routes.createFineTuningJob, {
    body: {
      model,
      training_file,
      suffix: 'brand',
      seed: 7,
      metadata: { flow: 'n8n' },
      method: {
        type: 'supervised',
        supervised: { hyperparameters: { n_epochs: 3, batch_size: 'auto', learning_rate_multiplier: 2 } },
      },
    },
  })
  expect(made).toMatchObject({
    object: 'fine_tuning.job',
    model,
    status: 'queued',
    fine_tuned_model: null,
    finished_at: null,
    trained_tokens: null,
    error: null,
    result_files: [],
    training_file,
    validation_file: null,
    seed: 7,
    metadata: { flow: 'n8n' },
    hyperparameters: { n_epochs: 3, batch_size: 8, learning_rate_multiplier: 2 },
    forge: { status: 'queued' },
  })
  expect(made.id).toBe(made.forge.job_id.replace('job_', 'ftjob_'))

  const lease = await worker.take()
  expect(lease.blobs).toMatchObject([{ name: 'training_file', filename: 'train.jsonl' }])
  await worker.heartbeat(lease, { progress: { step: 1, total: 4, unit: 'steps', eta_seconds: 30 } })
  const running = await client.call(routes.getFineTuningJob, { params: { id: made.id } })
  expect(running.status).toBe('running')
  expect(running.estimated_finish).toBeGreaterThan(made.created_at)
  await worker.complete(lease, {
    kind: 'fine-tune',
    artifacts: [await worker.upload(lease, 'adapter.gguf', 'weights')],
    metrics: {},
    trained_tokens: 123,
  })

  const ended = await client.call(routes.getFineTuningJob, { params: { id: made.id } })
  expect(ended).toMatchObject({
    status: 'succeeded',
    trained_tokens: 123,
    fine_tuned_model: expect.stringMatching(/^model_/) as string,
  })
  const models = await client.call(routes.listModels, {})
  expect(models.data.find(({ id }) => id === ended.fine_tuned_model)).toMatchObject({
    base_model: model,
    kind: 'adapter',
  })
})

test('jobs are listed newest first, by either form of id', async () => {
  const first = await client.call(routes.createFineTuningJob, { body: { model, training_file } })
  const second = await client.call(routes.createFineTuningJob, { body: { model, training_file } })
  const page = await client.call(routes.listFineTuningJobs, { query: { limit: 1 } })
  expect(page).toMatchObject({ object: 'list', has_more: true, data: [{ id: second.id }] })
  const next = await client.call(routes.listFineTuningJobs, { query: { limit: 1, after: second.id } })
  expect(next.data.map(({ id }) => id)).toEqual([first.id])
  expect(await client.call(routes.getFineTuningJob, { params: { id: first.forge.job_id } })).toMatchObject({
    id: first.id,
  })
})

test('a cancelled job says so, and its events are listed newest first', async () => {
  const made = await client.call(routes.createFineTuningJob, { body: { model, training_file } })
  expect(await client.call(routes.cancelFineTuningJob, { params: { id: made.id } })).toMatchObject({
    status: 'cancelled',
    finished_at: expect.any(Number) as number,
  })
  const events = await client.call(routes.listFineTuningEvents, { params: { id: made.id } })
  expect(events.data.map(({ message, object, level }) => [object, level, message])).toEqual([
    ['fine_tuning.job.event', 'info', 'job.cancelled'],
    ['fine_tuning.job.event', 'info', 'job.queued'],
  ])
  const rest = await client.call(routes.listFineTuningEvents, {
    params: { id: made.id },
    query: { after: events.data[0]?.id },
  })
  expect(rest.data.map(({ message }) => message)).toEqual(['job.queued'])
})

test('a failed job shows its error', async () => {
  // the queue may still hold jobs of other tests: only this one is to run
  for (const { id, status } of (await client.call(routes.listFineTuningJobs, {})).data)
    if (status === 'queued') await client.call(routes.cancelFineTuningJob, { params: { id } })
  const made = await client.call(routes.createFineTuningJob, { body: { model, training_file } })
  await worker.fail(await worker.take(), 'training_diverged', 'loss is NaN')
  expect(await client.call(routes.getFineTuningJob, { params: { id: made.id } })).toMatchObject({
    status: 'failed',
    error: { code: 'training_diverged', message: 'loss is NaN', param: null },
  })
})

test("a repeat by OpenAI's client finds its job, though no seed was given", async () => {
  const create = (count: number) =>
    client.call(
      routes.createFineTuningJob,
      { body: { model, training_file, suffix: 'repeated' } },
      { headers: { 'x-stainless-retry-count': String(count) } },
    )
  const first = await create(0)
  expect((await create(1)).id).toBe(first.id)
  expect((await create(0)).id).not.toBe(first.id)
})

test('what a job names must be there', async () => {
  await expect(
    client.call(routes.createFineTuningJob, { body: { model: 'unknown', training_file } }),
  ).rejects.toMatchObject({ code: 'model_not_found' })
  await expect(
    client.call(routes.createFineTuningJob, { body: { model, training_file: 'file_none' } }),
  ).rejects.toMatchObject({ code: 'file_not_found' })
  await expect(
    client.call(routes.createFineTuningJob, { body: { model, training_file: 'ds_none' } }),
  ).rejects.toMatchObject({ code: 'dataset_not_found' })
  const sleep = await client.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  await expect(client.call(routes.getFineTuningJob, { params: { id: sleep.id } })).rejects.toMatchObject({
    code: 'job_not_found',
  })
})

test('jobs need no more than their data: the base model and the options of ingest have defaults', async () => {
  const rows = [{ prompt: 'Say hello.', completion: 'Hello.' }]
  const ingest = await client.call(routes.createJob, {
    body: { kind: 'ingest', input: { name: 'least', source: { type: 'rows', rows } } },
  })
  expect(ingest.input).toMatchObject({ options: { format: 'auto', deduplicate: true } })
  const tune = await client.call(routes.createJob, {
    body: { kind: 'fine-tune', input: { data: { type: 'files', training_file } } },
  })
  expect(tune.input).toMatchObject({ base_model: model, method: 'lora', hyperparameters: { epochs: 1 } })
  for (const { id } of [ingest, tune]) await client.call(routes.cancelJob, { params: { id } })
})
