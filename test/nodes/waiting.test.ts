import type { INode, INodeExecutionData, INodeParameters } from 'n8n-workflow'
import type { ScriptedWorker } from '../support/scripted-worker'
import { startServer, type TestServer } from '../support/server'
import { completeFineTune, completeGenerate, completeIngest } from './support/jobs'
import { startN8n, type Execution, type FlowNode, type N8n } from './support/n8n'

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

const rows = (count: number): INodeExecutionData[] =>
  Array.from({ length: count }, (_, index) => ({ json: { question: `q${index}`, answer: `a${index}` } }))
const ingest = (name: string, to: FlowNode['to'] = [], options: INodeParameters = {}): FlowNode => ({
  name,
  type: 'forgeIngest',
  parameters: {
    operation: 'fromItems',
    dataset_name: 'pairs',
    rows: 'pairs',
    prompt: '={{ $json.question }}',
    completion: '={{ $json.answer }}',
    options,
  },
  to,
})
const fineTune = (to: (string | string[])[], onError?: INode['onError']): FlowNode => ({
  name: 'Fine-Tune',
  type: 'forgeFineTune',
  parameters: {
    operation: 'run',
    base_model: { __rl: true, mode: 'id', value: 'smollm2-135m-instruct' },
    dataset: { __rl: true, mode: 'id', value: 'pairs' },
    hyperparameters: { epochs: 2 },
  },
  to,
  ...(onError === undefined ? {} : { onError }),
})
const group = ({ customData }: Execution): string => customData['forge_wait']?.split(' ')[3] ?? ''
const pass = (name: string, to: FlowNode['to'] = []): FlowNode => ({ name, type: 'test.pass', to })
const withDataset = async (): Promise<void> => {
  const { id } = await n8n.run([ingest('Ingest')], rows(3))
  await completeIngest(worker, await worker.take())
  await n8n.ended(id)
}

test('an execution parks while the job runs and goes on with its result, paired with the items', async () => {
  const parked = await n8n.run([ingest('Ingest', ['After']), pass('After')], rows(3))
  expect(parked.status).toBe('waiting')
  expect(parked.json('Ingest')).toMatchObject([{ status: 'waiting', group_id: group(parked) }])

  const lease = await worker.take()
  expect(lease.input).toMatchObject({
    name: 'pairs',
    source: {
      rows: [
        {
          messages: [
            { role: 'user', content: 'q0' },
            { role: 'assistant', content: 'a0' },
          ],
        },
        expect.anything(),
        expect.anything(),
      ],
    },
  })
  await completeIngest(worker, lease)
  const ended = await n8n.ended(parked.id)

  expect(ended.status).toBe('success')
  expect(ended.json('After')).toMatchObject([
    { dataset_name: 'pairs', rows: 2, rows_dropped: { duplicate: 1 }, energy_joules: 0, job_id: lease.job_id },
  ])
  expect(ended.items('Ingest')[0]?.pairedItem).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }])
})

test('a fine-tuning run that failed ends the execution as an error and never reaches what follows', async () => {
  await withDataset()
  const parked = await n8n.run([fineTune(['Deploy', 'Failed']), pass('Deploy'), pass('Failed')], rows(1))
  const lease = await worker.take()
  await worker.fail(lease, 'training_diverged', 'The loss is not a number after step 3.')
  const ended = await n8n.ended(parked.id)

  expect(ended.status).toBe('error')
  expect(ended.error).toMatchObject({
    message: 'The loss is not a number after step 3.',
    description: expect.stringContaining(lease.job_id),
  })
  expect(ended.ran('Deploy')).toBe(false)
  expect(ended.ran('Failed')).toBe(false)
})

test('with "Continue", what failed leaves by Failed and what succeeded by Done', async () => {
  await withDataset()
  const parked = await n8n.run(
    [fineTune(['Done', 'Failed'], 'continueRegularOutput'), pass('Done'), pass('Failed')],
    rows(2),
  )
  await completeFineTune(worker, await worker.take())
  await worker.fail(await worker.take(), 'training_diverged', 'no')
  const ended = await n8n.ended(parked.id)

  expect(ended.status).toBe('success')
  expect(ended.json('Done')).toMatchObject([
    { base_model: 'smollm2-135m-instruct', metrics: { loss: 1.5 }, trained_tokens: 1000 },
  ])
  expect(ended.json('Failed')).toMatchObject([{ error: 'no', message: 'no', details: { code: 'training_diverged' } }])
  expect([ended.items('Fine-Tune')[0]?.pairedItem, ended.items('Fine-Tune', 1)[0]?.pairedItem]).toEqual(
    expect.arrayContaining([{ item: 0 }, { item: 1 }]),
  )
})

test('with the error output, what failed leaves by it', async () => {
  await withDataset()
  const parked = await n8n.run(
    [fineTune(['Done', 'Failed', 'Error'], 'continueErrorOutput'), pass('Done'), pass('Failed'), pass('Error')],
    rows(1),
  )
  await worker.fail(await worker.take(), 'training_diverged', 'no')
  const ended = await n8n.ended(parked.id)

  expect(ended.json('Error')).toMatchObject([{ error: 'no' }])
  expect(ended.ran('Done')).toBe(false)
})

test('a repeated callback for the first of two waiting nodes does not resume the second', async () => {
  const parked = await n8n.run([ingest('First', ['Second']), ingest('Second', ['After']), pass('After')], rows(2))
  const first = group(parked)
  await completeIngest(worker, await worker.take())
  // its own end is not seen: the flow parks again at once
  const second = await worker.take()

  expect(await n8n.call(parked.id, { type: 'job_group.ended', group_id: first })).toMatchObject({
    status: 200,
    body: { ignored: first },
  })
  expect(await n8n.call(parked.id, { type: 'ping', group_id: first })).toMatchObject({ status: 200 })
  await completeIngest(worker, second)
  const ended = await n8n.ended(parked.id)

  expect(ended.json('After')).toMatchObject([{ job_id: second.job_id }])
})

test('a key of one’s own finds the jobs that succeeded, and starts anew what failed', async () => {
  const flow = [ingest('Ingest', [], { idempotency_key: 'order-7' })]
  const first = await n8n.run(flow, rows(1))
  await worker.fail(await worker.take(), 'training_diverged', 'no')
  expect((await n8n.ended(first.id)).status).toBe('error')

  const second = await n8n.run(flow, rows(1))
  const lease = await worker.take()
  await completeIngest(worker, lease)
  expect((await n8n.ended(second.id)).json('Ingest')).toMatchObject([{ job_id: lease.job_id }])

  const third = await n8n.run(flow, rows(1))
  expect((await n8n.ended(third.id)).json('Ingest')).toMatchObject([{ job_id: lease.job_id }])
})

test('a caller without the token of the execution is refused', async () => {
  const parked = await n8n.run([ingest('Ingest')], rows(1))

  expect(await n8n.call(parked.id, { type: 'ping' }, 'guessed')).toMatchObject({ status: 401 })
  await completeIngest(worker, await worker.take())
  await n8n.ended(parked.id)
})

test('results that cannot be fetched leave the execution parked, and the server is asked to call again', async () => {
  const parked = await n8n.run([ingest('Ingest')], rows(1))
  const lease = await worker.take()
  n8n.credential.baseUrl = 'http://127.0.0.1:9'

  expect(await n8n.call(parked.id, { type: 'job_group.ended', group_id: group(parked) })).toMatchObject({ status: 503 })

  n8n.credential.baseUrl = forge.url
  await completeIngest(worker, lease)
  expect((await n8n.ended(parked.id)).status).toBe('success')
})

test('a batch is one job, and its rows come back one per item, those that failed by Failed', async () => {
  const parked = await n8n.run(
    [
      {
        name: 'Generate',
        type: 'forgeGenerate',
        parameters: {
          operation: 'batch',
          model: { __rl: true, mode: 'id', value: 'smollm2-135m-instruct' },
          user: '=Say {{ $json.question }}',
        },
        onError: 'continueRegularOutput',
      },
    ],
    rows(3),
  )
  const lease = await worker.take()
  expect(lease.input).toMatchObject({
    source: { items: [{ messages: [{ content: 'Say q0' }] }, expect.anything(), expect.anything()] },
  })
  await completeGenerate(worker, lease, [{ text: 'zero' }, { problem: 'too long' }, { text: 'two' }])
  const ended = await n8n.ended(parked.id)

  expect(ended.json('Generate')).toMatchObject([{ text: 'zero' }, { text: 'two' }])
  expect(ended.items('Generate').map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }])
  expect(ended.json('Generate', 1)).toMatchObject([{ error: 'too long' }])
  expect(ended.items('Generate', 1)[0]?.pairedItem).toEqual({ item: 1 })
})

test('more than 5,000 rows come as one file', async () => {
  const parked = await n8n.run(
    [
      {
        name: 'Generate',
        type: 'forgeGenerate',
        parameters: {
          operation: 'batch',
          model: { __rl: true, mode: 'id', value: 'smollm2-135m-instruct' },
          user: 'Say it',
        },
      },
    ],
    rows(5_001),
  )
  for (let part = 0; part < 2; part++) {
    const lease = await worker.take()
    const { items } = lease.input['source'] as unknown as { items: unknown[] }
    await completeGenerate(
      worker,
      lease,
      items.map(() => ({ text: 'x' })),
    )
  }
  const ended = await n8n.ended(parked.id)

  expect(ended.json('Generate')).toMatchObject([{ rows: 5_001, file: 'results.jsonl' }])
  expect(ended.items('Generate')[0]?.binary).toMatchObject({ data: { mimeType: 'application/x-ndjson' } })
})

test('jobs that cannot be started are an error at once, and nothing is parked', async () => {
  const run = await n8n.run(
    [
      {
        ...fineTune([]),
        parameters: {
          operation: 'run',
          base_model: { __rl: true, mode: 'id', value: 'smollm2-135m-instruct' },
          dataset: { __rl: true, mode: 'id', value: 'nothing-here' },
        },
      },
    ],
    rows(1),
  )

  expect(run.status).toBe('error')
  expect(run.error).toMatchObject({ message: 'jobs.0: There is no dataset "nothing-here" in this project.' })
})
