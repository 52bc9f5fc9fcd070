import { buffer, text } from 'node:stream/consumers'
import type { ForgeClient } from '../../../server/client/client'
import { routes } from '../../../server/contract/routes'
import { emptyReport } from '../../support/ingest-report'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let client: ForgeClient
let worker: ScriptedWorker
beforeAll(async () => {
  server = await startServer()
  client = await server.client(['read', 'write', 'generate'])
  worker = await server.worker('only')
}, 60_000)
afterAll(() => server.stop())

const rows = [
  '{"messages":[],"metadata":{"n":1}}',
  '{"messages":[],"metadata":{"n":2}}',
  '{"messages":[],"metadata":{"n":3}}',
]

/** A version of the dataset, as its ingest job leaves it. */
const ingest = async (name: string) => {
  const job = await client.call(routes.createDataset, {
    body: { name, source: { type: 'rows', rows: [{ a: 1 }] }, options: {} },
  })
  const lease = await worker.take()
  const train = await worker.upload(lease, 'train.jsonl', rows.join('\n'))
  const validation = await worker.upload(lease, 'validation.jsonl', `${rows[0] ?? ''}\n`)
  await worker.complete(lease, {
    kind: 'ingest',
    train,
    train_rows: 3,
    validation,
    validation_rows: 1,
    report: { ...emptyReport, rows_in: 4 },
  })
  return await client.call(routes.getJob, { params: { id: job.id } })
}
const tune = async (name: string): Promise<string> => {
  const made = await client.call(routes.createFineTuningJob, {
    body: { model: 'smollm2-135m-instruct', training_file: name },
  })
  const lease = await worker.take()
  await worker.checkpoint(lease, 2)
  await worker.complete(lease, {
    kind: 'fine-tune',
    artifacts: [await worker.upload(lease, 'adapter.gguf', `weights of ${made.id}`)],
    metrics: { loss: 1.5 },
    trained_tokens: 9,
  })
  return (await client.call(routes.getFineTuningJob, { params: { id: made.id } })).fine_tuned_model ?? ''
}

test('a dataset grows by versions, is found by id and by name, and shows its rows', async () => {
  const first = await ingest('coffee')
  const second = await ingest('coffee')
  expect([first.result?.['version'], second.result?.['version']]).toEqual([1, 2])
  const dataset = await client.call(routes.getDataset, { params: { id: 'coffee' } })
  expect(dataset).toMatchObject({
    object: 'dataset',
    name: 'coffee',
    latest_version: { version: 2, rows: 3, validation_rows: 1, report: { rows_in: 4 } },
  })
  expect(await client.call(routes.getDataset, { params: { id: dataset.id } })).toEqual(dataset)
  expect((await client.call(routes.listDatasets, {})).data).toEqual([dataset])
  expect(
    (await client.call(routes.listDatasetVersions, { params: { id: dataset.id } })).data.map(({ version }) => version),
  ).toEqual([2, 1])
  expect(
    (await client.call(routes.previewDataset, { params: { id: dataset.id }, query: { limit: 2 } })).rows,
  ).toMatchObject([{ metadata: { n: 1 } }, { metadata: { n: 2 } }])
  expect(
    (await client.call(routes.previewDataset, { params: { id: dataset.id }, query: { part: 'validation' } })).rows,
  ).toHaveLength(1)
})

test('a deleted dataset is gone, and its name is free again', async () => {
  await ingest('short-lived')
  await client.call(routes.deleteDataset, { params: { id: 'short-lived' } })
  await expect(client.call(routes.getDataset, { params: { id: 'short-lived' } })).rejects.toMatchObject({
    code: 'dataset_not_found',
  })
  expect((await ingest('short-lived')).result).toMatchObject({ version: 1 })
})

test('a tuned model shows where it came from, its checkpoints and its artifacts; deleted it is gone', async () => {
  await ingest('for-model')
  const id = await tune('for-model')
  const model = await client.call(routes.getModel, { params: { id } })
  expect(model).toMatchObject({
    kind: 'adapter',
    base_model: 'smollm2-135m-instruct',
    metrics: { loss: 1.5 },
    gate: null,
    checkpoints: [{ step: 2 }],
    dataset_version_id: expect.stringMatching(/^dsv_/) as string,
  })
  expect(await text(await client.stream(routes.getModelContent, { params: { id, name: 'adapter.gguf' } }))).toMatch(
    /^weights of ftjob_/,
  )
  await expect(client.stream(routes.getModelContent, { params: { id, name: 'other' } })).rejects.toMatchObject({
    code: 'model_not_found',
    hint: 'It has adapter.gguf.',
  })
  expect(await client.call(routes.getModel, { params: { id: 'smollm2-135m-instruct' } })).toMatchObject({
    kind: 'base',
  })
  await client.call(routes.deleteModel, { params: { id } })
  await expect(client.call(routes.getModel, { params: { id } })).rejects.toMatchObject({ code: 'model_not_found' })
})

test('an evaluation binds its verdict to the model, and keeps its items', async () => {
  await ingest('for-evaluation')
  const model = await tune('for-evaluation')
  const job = await client.call(routes.createEvaluation, { body: { model, dataset_version_id: 'for-evaluation' } })
  const lease = await worker.take()
  expect(lease.blobs.map(({ name }) => name)).toEqual(['train', 'validation'])
  const bytes = await buffer(
    await server.clients.worker.stream(routes.getBlob, { params: { sha256: lease.blobs[0]?.sha256 } }),
  )
  expect(bytes.toString()).toBe(rows.join('\n'))
  const item = {
    index: 0,
    prompt: 'p',
    reference: 'r',
    metadata: {},
    model_text: 'm',
    baseline_text: null,
    model_scores: {},
    baseline_scores: null,
  }
  const side = { model, all: { loss: 1 }, by_language: { de: { chrf: 40 } }, perplexity: 2.7 }
  const checks = [{ metric: 'chrf' as const, rule: 'min 50', value: 40, baseline: null, passed: false }]
  await worker.complete(lease, {
    kind: 'evaluate',
    items: await worker.upload(lease, 'items.jsonl', JSON.stringify(item)),
    tokens: 5,
    result: { model: side, baseline: null, gate: { passed: false, checks }, notes: ['n'] },
  })
  const { result } = await client.call(routes.getJob, { params: { id: job.id } })
  const id = result?.['evaluation_id'] as string
  expect(await client.call(routes.getEvaluation, { params: { id } })).toMatchObject({
    model,
    job_id: job.id,
    result: { gate: { passed: false, checks } },
  })
  expect((await client.call(routes.getEvaluationItems, { params: { id } })).items).toEqual([item])
  expect((await client.call(routes.listEvaluations, {})).data.map((evaluation) => evaluation.id)).toEqual([id])
  expect((await client.call(routes.getModel, { params: { id: model } })).gate).toBe('failed')
  await expect(client.call(routes.createDeployment, { body: { name: 'shop', model } })).rejects.toMatchObject({
    code: 'gate_failed',
  })
})

test('a generation gives its texts in the order of the items, an error per item that failed', async () => {
  const made = await client.call(routes.createGeneration, {
    body: {
      model: 'smollm2-135m-instruct',
      source: { type: 'items', items: [{ messages: [{ role: 'user', content: 'hi' }] }] },
    },
  })
  expect(await client.call(routes.getGeneration, { params: { id: made.id } })).toMatchObject({
    status: 'queued',
    rows: null,
    items: null,
  })
  const lease = await worker.take()
  const good = { index: 0, metadata: {}, text: 'hello', compare_text: null, usage: null, error: null }
  const bad = {
    index: 1,
    metadata: {},
    text: null,
    compare_text: null,
    usage: null,
    error: { code: 'engine_failed', message: 'm', hint: 'h', retryable: true },
  }
  await worker.complete(lease, {
    kind: 'generate',
    rows: await worker.upload(lease, 'rows.jsonl', [good, bad].map((row) => JSON.stringify(row)).join('\n')),
    items: 2,
    failed_items: 1,
    tokens: 4,
  })
  expect(await client.call(routes.getGeneration, { params: { id: made.id } })).toMatchObject({
    status: 'succeeded',
    items: 2,
    failed_items: 1,
    rows: [good, bad],
  })
})

test('outputs whose bytes never arrived, or that are of another kind, are refused and the job goes on', async () => {
  const job = await client.call(routes.createDataset, {
    body: { name: 'unsent', source: { type: 'rows', rows: [{ a: 1 }] }, options: {} },
  })
  const lease = await worker.take()
  const train = { name: 'train.jsonl', sha256: 'f'.repeat(64), bytes: 1 }
  await expect(
    worker.complete(lease, {
      kind: 'ingest',
      train,
      train_rows: 1,
      validation: null,
      validation_rows: 0,
      report: emptyReport,
    }),
  ).rejects.toMatchObject({ code: 'blob_not_found' })
  await expect(worker.complete(lease)).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'outputs.kind: a job of kind ingest cannot end with the outputs of sleep.',
  })
  expect(await client.call(routes.getJob, { params: { id: job.id } })).toMatchObject({ status: 'running' })
  await client.call(routes.cancelJob, { params: { id: job.id } })
})

test('an estimate learns from runs that ended here, and says when there are none', async () => {
  const body = { kind: 'sleep' as const, input: { seconds: 1 } }
  expect(await client.call(routes.estimateJob, { body })).toMatchObject({
    seconds: null,
    energy_joules: null,
    basis: 'no sleep job has ended here yet',
  })
  await client.call(routes.createJob, { body })
  const lease = await worker.take()
  await worker.heartbeat(lease, {
    samples: [
      {
        meter: 'cpu',
        sequence: 1,
        started_at: '2026-01-01T00:00:00.000Z',
        ended_at: '2026-01-01T00:00:01.000Z',
        joules: 40,
        method: 'measured',
        covers: 'cpu package',
        error_percent: null,
        cpu_seconds: 1,
        gpu_seconds: 0,
      },
    ],
  })
  await worker.complete(lease)
  expect(await client.call(routes.estimateJob, { body })).toMatchObject({
    seconds: expect.any(Number) as number,
    energy_joules: 40,
    basis: 'mean of the newest 1 sleep jobs here',
  })
  expect(
    await client.call(routes.estimateJob, {
      body: {
        kind: 'fine-tune',
        input: { base_model: 'smollm2-135m-instruct', data: { type: 'dataset', dataset_version_id: 'for-model' } },
      },
    }),
  ).toMatchObject({ currency: 'EUR' })
})

test('metrics and workers tell what is there', async () => {
  const metrics = String(await client.call(routes.metrics, {}))
  expect(metrics).toContain('forge_jobs{kind="ingest",status="succeeded"}')
  expect(metrics).toContain('forge_workers 1')
  expect(metrics).toMatch(/^forge_collected_blobs_total \d+$/m)
  expect((await client.call(routes.listWorkers, {})).data).toMatchObject([
    { name: 'only', state: 'active', running_jobs: [] },
  ])
})
