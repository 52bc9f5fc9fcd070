import { fineTuneInput } from '../../../server/contract/fine-tuning'
import { routes } from '../../../server/contract/routes'
import { addCheckpoint, addModel, base } from '../../support/serving-fixture'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let worker: ScriptedWorker
beforeAll(async () => {
  server = await startServer()
  worker = await server.worker('one')
}, 60_000)
afterAll(() => server.stop())

/** Makes a fine-tuning job on a file, and takes it. */
const train = async (model: string) => {
  const blob = new Blob(['{"messages":[]}\n'])
  const form = new FormData()
  form.set('purpose', 'fine-tune')
  form.set('file', blob, 'rows.jsonl')
  const reply = await fetch(`${server.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.adminKey}` },
    body: form,
  })
  const { id } = (await reply.json()) as { id: string }
  await server.clients.write.call(routes.createFineTuningJob, { body: { model, training_file: id } })
  return await worker.take()
}

test('a job that trains on from a model gets its adapter, and its result has the same base', async () => {
  const parent = await addModel(server.db, 'proj_default', { name: `${base}:tone:parent` })

  const lease = await train(`${base}:tone:parent`)
  expect(fineTuneInput.parse(lease.input).base_model).toBe(parent)
  expect(lease.models).toMatchObject({ start: { id: parent, base_model: base, artifacts: [{ name: 'adapter.gguf' }] } })

  const artifact = await worker.upload(lease, 'adapter.gguf', 'bytes')
  const { result } = await worker.complete(lease, {
    kind: 'fine-tune',
    artifacts: [artifact],
    metrics: {},
    trained_tokens: 1,
  })
  const id = result?.['model_id'] as string
  expect(await server.clients.read.call(routes.getModel, { params: { id } })).toMatchObject({
    base_model: base,
    parent,
    name: expect.stringMatching(new RegExp(`^${base}:`)) as unknown,
  })
})

test('a job that trains on from a checkpoint gets the adapter of that step', async () => {
  const job = await addCheckpoint(server.db, 'proj_default', { step: 7 })
  const name = `${job.replace('job_', 'ftjob_')}:ckpt-step-7`

  const lease = await train(name)

  expect(fineTuneInput.parse(lease.input).base_model).toBe(name)
  expect(lease.models['start']).toMatchObject({ id: name, base_model: base })
  expect(lease.models['start']?.artifacts.map(({ name: file }) => file)).not.toContain('optimizer.safetensors')
})

test('a job on a base gets no adapter, and an unknown base is refused at once', async () => {
  expect((await train(base)).models).toEqual({})
  await expect(
    server.clients.write.call(routes.createFineTuningJob, { body: { model: 'nothing', training_file: 'file_x' } }),
  ).rejects.toMatchObject({ code: 'model_not_found' })
})

test('an adapter is not trained on whole, nor a whole model with an adapter: the refusal says which method fits', async () => {
  const adapter = await addModel(server.db, 'proj_default', { name: `${base}:an-adapter` })
  const whole = await addModel(server.db, 'proj_default', { name: `${base}:whole` })
  await server.db
    .updateTable('app.model')
    .set({ artifacts: JSON.stringify([{ name: 'model.safetensors', sha256: 'b'.repeat(64), bytes: 1 }]) })
    .where('id', '=', whole)
    .execute()
  const start = (base_model: string, method: 'lora' | 'full') =>
    server.clients.write.call(routes.createJob, {
      body: { kind: 'fine-tune', input: { base_model, method, data: { type: 'files', training_file: 'file_none' } } },
    })
  await expect(start(adapter, 'full')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(`${adapter} is an adapter and cannot be trained on with "full"`) as string,
  })
  await expect(start(whole, 'lora')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('was trained whole') as string,
  })
  // what fits is refused for its missing file only
  await expect(start(whole, 'full')).rejects.toMatchObject({ code: 'file_not_found' })
})
