import type { ForgeClient } from '../../../server/client/client'
import { routes } from '../../../server/contract/routes'
import type { Lease } from '../../../server/contract/workers'
import { emptyReport } from '../../support/ingest-report'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
let client: ForgeClient
let worker: ScriptedWorker
let fileId: string
beforeAll(async () => {
  server = await startServer()
  client = server.clients.write
  worker = await server.worker('only')
  fileId = (
    await client.call(routes.putFile, { query: { purpose: 'dataset', filename: 'a.jsonl' }, body: Buffer.from('{}\n') })
  ).id
}, 60_000)
afterAll(() => server.stop())

const apply = async (job: { deadline_at?: string; run_at?: string; concurrency_key?: string } = {}) => {
  const name = unique('run')
  const run = await client.call(routes.applyRecipe, {
    body: { recipe: { name, ingest: { file_ids: [fileId], options: {} }, fine_tune: {}, evaluate: {} }, job },
  })
  return {
    name,
    id: run.id,
    steps: Object.fromEntries(run.steps.map((step) => [step.name, step.job_id])) as Record<
      'ingest' | 'fine-tune' | 'evaluate',
      string
    >,
  }
}
const get = (id: string) => client.call(routes.getJob, { params: { id } })
const statuses = async (id: string): Promise<string[]> =>
  (await client.call(routes.getRecipe, { params: { id } })).steps.map(({ status }) => status)

const completeIngest = async (lease: Lease) => {
  const train = await worker.upload(lease, 'train.jsonl', `rows of ${lease.job_id}\n`)
  return await worker.complete(lease, {
    kind: 'ingest',
    train,
    train_rows: 10,
    validation: null,
    validation_rows: 0,
    report: emptyReport,
  })
}
const completeFineTune = async (lease: Lease) => {
  const artifacts = [await worker.upload(lease, 'adapter.gguf', `weights of ${lease.job_id}`)]
  return await worker.complete(lease, { kind: 'fine-tune', artifacts, metrics: { loss: 1 }, trained_tokens: 50 })
}
const completeEvaluate = async (lease: Lease) => {
  const items = await worker.upload(lease, 'items.jsonl', '{}\n')
  const side = { model: 'm', all: { loss: 1 }, by_language: {}, perplexity: 2 }
  return await worker.complete(lease, {
    kind: 'evaluate',
    items,
    tokens: 7,
    result: { model: side, baseline: null, gate: { passed: true, checks: [] }, notes: [] },
  })
}

test('each step begins when those before it have succeeded, with what they made filled in', async () => {
  const run = await apply()
  expect(await get(run.id)).toMatchObject({ kind: 'recipe', status: 'running' })
  expect(await statuses(run.id)).toEqual(['queued', 'blocked', 'blocked'])

  const ingest = await worker.take()
  const { result: dataset } = await completeIngest(ingest)
  expect(await statuses(run.id)).toEqual(['succeeded', 'queued', 'blocked'])

  const fineTune = await worker.take()
  expect(fineTune).toMatchObject({
    job_id: run.steps['fine-tune'],
    input: { suffix: run.name, data: { type: 'dataset', dataset_version_id: dataset?.['dataset_version_id'] } },
  })
  expect(fineTune.blobs).toMatchObject([{ name: 'train' }])
  const { result: tuned } = await completeFineTune(fineTune)

  const evaluate = await worker.take()
  expect(evaluate).toMatchObject({
    input: { model: tuned?.['model_id'], dataset_version_id: dataset?.['dataset_version_id'] },
    models: { model: { id: tuned?.['model_id'] }, baseline: { base_model: 'smollm2-135m-instruct' } },
  })
  await completeEvaluate(evaluate)
  expect(await get(run.id)).toMatchObject({
    status: 'succeeded',
    usage: { tokens: 57 },
    result: {
      ingest: { job_id: run.steps.ingest, version: 1 },
      'fine-tune': { model_id: tuned?.['model_id'] },
      evaluate: { passed: true },
    },
  })
})

test('a step that fails fails those that wait for it, and the run with its error', async () => {
  const run = await apply()
  await worker.fail(await worker.take(), 'ingest_failed', 'line 3 is no JSON')
  expect(await statuses(run.id)).toEqual(['failed', 'failed', 'failed'])
  expect((await get(run.steps['fine-tune'])).error).toMatchObject({ code: 'dependency_failed' })
  expect(await get(run.id)).toMatchObject({
    status: 'failed',
    error: { code: 'ingest_failed', message: 'Step ingest: line 3 is no JSON' },
  })
})

test('cancelling a run cancels the step that runs and those that wait', async () => {
  const run = await apply()
  const lease = await worker.take()
  const held = worker.heartbeat(lease, { wait_seconds: 20 })
  await client.call(routes.cancelJob, { params: { id: run.id } })
  expect(await held).toMatchObject({ command: 'cancel' })
  expect(await statuses(run.id)).toEqual(['cancelled', 'cancelled', 'cancelled'])
  await expect(completeIngest(lease)).rejects.toMatchObject({ code: 'lease_lost' })
  expect(
    await server.db.selectFrom('app.job_attempt').select(['outcome']).where('job_id', '=', lease.job_id).execute(),
  ).toEqual([{ outcome: 'cancelled' }])
})

test('cancelling one step ends the run as failed', async () => {
  const run = await apply()
  await client.call(routes.cancelJob, { params: { id: run.steps.ingest } })
  expect(await statuses(run.id)).toEqual(['cancelled', 'failed', 'failed'])
  expect(await get(run.id)).toMatchObject({ status: 'failed', error: { code: 'dependency_failed' } })
})

test('a run past its deadline fails and its open steps are cancelled', async () => {
  const run = await apply({ deadline_at: '2020-01-01T00:00:00Z' })
  await server.enforceLimits()
  expect(await get(run.id)).toMatchObject({ status: 'failed', error: { code: 'timed_out' } })
  expect(await statuses(run.id)).toEqual(['cancelled', 'cancelled', 'cancelled'])
})

test('a run waits for its run_at with its first step', async () => {
  const run = await apply({ run_at: '2100-01-01T00:00:00Z' })
  await server.dispatch()
  expect(await worker.ask()).toBeNull()
  await client.call(routes.cancelJob, { params: { id: run.id } })
})

test('steps of runs that share a concurrency key never run two at once', async () => {
  const concurrency_key = unique('key')
  const runs = [await apply({ concurrency_key }), await apply({ concurrency_key })]
  const first = await worker.take()
  await server.dispatch()
  expect(await worker.ask()).toBeNull()
  await worker.fail(first, 'ingest_failed')
  await worker.fail(await worker.take(), 'ingest_failed')
  for (const { id } of runs) expect((await get(id)).status).toBe('failed')
})

test('retrying a run keeps the steps that succeeded and runs the others again', async () => {
  const run = await apply()
  await completeIngest(await worker.take())
  await worker.fail(await worker.take(), 'training_diverged', 'loss is NaN')
  const again = await client.call(routes.retryJob, { params: { id: run.id } })
  expect(again).toMatchObject({ retry_of: run.id, status: 'running', kind: 'recipe' })
  expect(await statuses(again.id)).toEqual(['succeeded', 'queued', 'blocked'])
  const fineTune = await worker.take()
  const version = (await get(run.steps.ingest)).result?.['dataset_version_id']
  expect(fineTune.input).toMatchObject({ data: { dataset_version_id: version } })
  await completeFineTune(fineTune)
  await completeEvaluate(await worker.take())
  expect(await get(again.id)).toMatchObject({ status: 'succeeded', usage: { tokens: 57 } })
})

test('a step that ends while its run is cancelled does not lock the two against each other', async () => {
  const runs = await Promise.all(Array.from({ length: 4 }, () => apply()))
  const leases = [await worker.take(), await worker.take(), await worker.take(), await worker.take()]
  const ends = await Promise.allSettled([
    ...leases.map((lease) => worker.fail(lease, 'ingest_failed')),
    ...runs.map(({ id }) => client.call(routes.cancelJob, { params: { id } })),
  ])
  // whoever came second is refused by name; a deadlock would show as internal_error
  const refused = ends.filter((end) => end.status === 'rejected').map(({ reason }) => (reason as { code: string }).code)
  for (const code of refused) expect(['lease_lost', 'illegal_move']).toContain(code)
  for (const { id } of runs) expect(['failed', 'cancelled']).toContain((await get(id)).status)
})

test('a recipe that names a file of nobody is refused', async () => {
  const body = { recipe: { name: 'no-file', ingest: { file_ids: ['file_none'], options: {} }, fine_tune: {} } }
  await expect(client.call(routes.applyRecipe, { body })).rejects.toMatchObject({ code: 'file_not_found' })
  expect(await client.call(routes.planRecipe, { body })).toEqual({
    steps: [
      { name: 'ingest', kind: 'ingest', needs: [] },
      { name: 'fine-tune', kind: 'fine-tune', needs: ['ingest'] },
    ],
  })
})
