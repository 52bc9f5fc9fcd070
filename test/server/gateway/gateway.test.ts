import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatRequest } from '../../../server/contract/chat'
import type { EmbeddingRequest } from '../../../server/contract/embeddings'
import { sleepIdle } from '../../../server/deployments/sleep-idle'
import { reconcileReplicas } from '../../../server/deployments/reconcile'
import { getDeployment } from '../../../server/deployments/views'
import type { ChatReply } from '../../../server/gateway/chat'
import type { Gateway } from '../../../server/gateway/gateway'
import type { ServedTokens } from '../../../server/gateway/metering'
import { listenForSignals, type Signals } from '../../../server/jobs/signals'
import { withDatabase, type TestDatabase } from '../../support/database'
import { openTestGateway, wholeAnswer } from '../../support/gateway'
import { addModel, addWorker, base, clear, current, deploy, deployInput, serve } from '../../support/serving-fixture'
import { sendError, startStubEngine, type StubEngine } from '../../support/stub-engine'

let database: TestDatabase
let db: TestDatabase['db']
let project: string
let signals: Signals
let gateway: Gateway
let served: ServedTokens[]
const engines: StubEngine[] = []

beforeAll(async () => {
  database = await withDatabase()
  db = database.db
  project = database.project
  signals = listenForSignals(database.url, fail)
}, 60_000)
afterAll(async () => {
  await signals.close()
  await database.close()
})
beforeEach(async () => {
  await clear(db)
  served = []
  gateway = open()
})
afterEach(async () => {
  await gateway.close()
  for (const engine of engines.splice(0)) await engine.close()
})

const fail = (error: Error): never => {
  throw error
}
const open = (holdMs = 5000): Gateway =>
  openTestGateway(db, signals, { holdMs, onTokens: (tokens) => served.push(...tokens) })
const engine = async (...options: Parameters<typeof startStubEngine>): Promise<StubEngine> => {
  const started = await startStubEngine(...options)
  engines.push(started)
  return started
}
const chat = (
  model: string,
  more: Partial<ChatRequest> = {},
  { jobId = null as string | null, signal = new AbortController().signal } = {},
): Promise<ChatReply> =>
  gateway.chat({
    projectId: project,
    body: { model, messages: [{ role: 'user', content: 'Hello' }], ...more },
    forJob: jobId === null ? null : { jobId },
    signal,
  })
const events = async (reply: Promise<ChatReply>): Promise<string> => {
  const answer = await reply
  if (answer.kind !== 'stream') throw new Error('expected a stream')
  return await text(answer.stream)
}

test('a call reaches the engine under its own name and token, and the answer bears the name that was asked for', async () => {
  const stub = await engine()
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)

  expect(await wholeAnswer(chat('writer', { temperature: 0.5 }))).toMatchObject({
    model: 'writer',
    choices: [{ message: { content: 'two words' } }],
    usage: { prompt_tokens: 7, completion_tokens: 2 },
  })

  expect(stub.requests).toMatchObject([{ token: 'stub-token', body: { model: 'engine-name', temperature: 0.5 } }])
  expect(gateway.busy()).toEqual([])
  await gateway.close()
  expect(served).toMatchObject([
    { projectId: project, model: base, jobId: null, promptTokens: 7, completionTokens: 2, requests: 1 },
  ])
})

test('a stream passes through; the usage chunk is counted and shown only to who asked for it', async () => {
  const stub = await engine()
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)

  const plain = await events(chat('writer', { stream: true }))
  const counted = await events(chat('writer', { stream: true, stream_options: { include_usage: true } }))

  expect(plain).toContain('"model":"writer"')
  expect(plain).not.toContain('usage')
  expect(plain.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(counted).toContain('"usage":{"prompt_tokens":7')
  await gateway.close()
  expect(served).toMatchObject([{ promptTokens: 14, completionTokens: 4, requests: 2 }])
})

test('a client that goes away stops the engine, and what was written until then is counted', async () => {
  const stub = await engine('one two three four five six seven eight', { pauseMs: 50 })
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)
  const client = new AbortController()

  const answer = await chat('writer', { stream: true }, { signal: client.signal })
  if (answer.kind !== 'stream') throw new Error('expected a stream')
  client.abort()
  await text(answer.stream).catch(() => '')
  await sleep(100)

  expect(stub.aborted).toBe(1)
  expect(gateway.busy()).toEqual([])
  await gateway.close()
  expect(served[0]?.completionTokens).toBeGreaterThan(0)
  expect(served[0]?.completionTokens).toBeLessThan(8)
})

test('an engine that dies before the first byte is replaced by another replica, and the client sees one answer', async () => {
  const [broken, whole] = [await engine(), await engine()]
  broken.answer = (_request, res) => res.destroy()
  await deploy(db, project, deployInput('writer', base))
  const first = await addWorker(db, 'first')
  await serve(db, first, broken)
  // two replicas exist while a worker drains
  await db.updateTable('app.worker').set({ draining: true }).where('id', '=', first).execute()
  await serve(db, await addWorker(db, 'second'), whole)

  const answers = await Promise.all([wholeAnswer(chat('writer')), events(chat('writer', { stream: true }))])

  expect(answers[0]).toMatchObject({ choices: [{ message: { content: 'two words' } }] })
  expect(answers[1]).toContain('[DONE]')
})

test('an engine that dies in the middle of a stream ends it with an error, never as if it were whole', async () => {
  const stub = await engine()
  stub.answer = (_request, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('data: {"model":"engine-name","choices":[{"index":0,"delta":{"content":"half"}}]}\n\n', () =>
      setTimeout(() => res.destroy(), 20),
    )
  }
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)

  const answer = await events(chat('writer', { stream: true }))

  expect(answer).toContain('half')
  expect(answer).toContain('"code":"engine_failed"')
  expect(answer).not.toContain('[DONE]')
})

test.each([
  [400, { code: 'unsupported_parameter', message: 'no n', param: 'n' }, { code: 'unsupported_parameter', param: 'n' }],
  [
    400,
    { code: 'context_length_exceeded', message: 'too long' },
    { code: 'context_length_exceeded', message: 'too long' },
  ],
  [
    400,
    { code: 'invalid_request', message: 'temperature is 9', param: 'temperature' },
    { code: 'invalid_request', message: 'temperature is 9' },
  ],
  [
    500,
    { code: 'engine_internal_error', message: 'oops' },
    { code: 'engine_failed', message: expect.stringContaining('oops') },
  ],
])('an engine that answers %i %j gives the client an error of the catalogue', async (status, error, expected) => {
  const stub = await engine()
  stub.answer = (_request, res) => sendError(res, status, error)
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)
  await expect(chat('writer')).rejects.toMatchObject(expected)
  expect(stub.requests).toHaveLength(1)
  expect(gateway.busy()).toEqual([])
})

test('an image that the engine does not read is refused with the name of the model', async () => {
  const stub = await engine()
  stub.answer = (_request, res) =>
    sendError(res, 400, { code: 'unsupported_parameter', message: 'no image', param: 'messages[0].content.type' })
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)
  const content = [
    { type: 'text' as const, text: 'What is this?' },
    { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } },
  ]
  await expect(chat('writer', { messages: [{ role: 'user', content }] })).rejects.toMatchObject({
    code: 'content_not_read',
    message: 'The model "writer" reads text only, and messages[0].content has an image.',
    param: 'messages[0].content',
  })
  expect(stub.requests[0]?.body).toMatchObject({ messages: [{ content }] })
})

test('a sleeping deployment wakes by a call, which waits for it', async () => {
  const stub = await engine()
  const worker = await addWorker(db, 'one')
  await deploy(db, project, deployInput('writer', base, { idle_timeout_s: 1 }))
  await serve(db, worker, stub)
  await sleepIdle(db, { graceSeconds: -1 })
  await reconcileReplicas(db)
  await reconcileReplicas(db)
  expect(await current(db, worker)).toEqual([])
  await sleep(100)

  const answer = wholeAnswer(chat('writer'))
  await sleep(200)
  await serve(db, worker, stub)

  expect(await answer).toMatchObject({ model: 'writer' })
})

test('a call that waits in vain gets 503 after its time', async () => {
  await gateway.close()
  gateway = open(200)
  await deploy(db, project, deployInput('writer', base))
  await expect(chat('writer')).rejects.toMatchObject({ code: 'no_replica', status: 503, retryable: true })
})

test('a base model and base:adapter are served on demand', async () => {
  const stub = await engine()
  const worker = await addWorker(db, 'one')
  const model = await addModel(db, project)
  const answers = [wholeAnswer(chat(base)), wholeAnswer(chat(`${base}:${model}`))]
  await sleep(300)
  await serve(db, worker, stub)

  expect((await Promise.all(answers)).map((answer) => answer.model)).toEqual([base, `${base}:${model}`])
  expect(await getDeployment(db, project, `on-demand:${model}`)).toMatchObject({ status: 'ready', model })
  // from memory now
  expect(await wholeAnswer(chat(model))).toMatchObject({ model })
})

test('a model that failed its gate can be called by a job only, also while it is being served', async () => {
  const stub = await engine()
  const worker = await addWorker(db, 'one')
  const model = await addModel(db, project, { gate: 'failed' })
  await expect(chat(model)).rejects.toMatchObject({ code: 'model_not_released', status: 403 })

  const judged = wholeAnswer(chat(model, {}, { jobId: 'job_judge' }))
  await sleep(300)
  await serve(db, worker, stub)

  expect(await judged).toMatchObject({ model })
  await expect(chat(model)).rejects.toMatchObject({ code: 'model_not_released' })
  await gateway.close()
  expect(served).toMatchObject([{ model, jobId: 'job_judge' }])
})

test('an unknown name and another project get model_not_found', async () => {
  await expect(chat('nothing')).rejects.toMatchObject({ code: 'model_not_found' })
  const stub = await engine()
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)
  const foreign = gateway.chat({
    projectId: 'proj_other',
    body: { model: 'writer', messages: [{ role: 'user', content: 'Hi' }] },
    forJob: null,
    signal: new AbortController().signal,
  })
  await expect(foreign).rejects.toMatchObject({ code: 'model_not_found' })
})

test('an engine that was started anew behind the same replica gets the call that the old one lost', async () => {
  const [dying, fresh] = [await engine(), await engine('after the restart', { token: 'another-token' })]
  const worker = await addWorker(db, 'one')
  await deploy(db, project, deployInput('writer', base))
  await serve(db, worker, dying)
  dying.answer = (_request, res) => res.destroy()

  const answer = wholeAnswer(chat('writer'))
  await sleep(200)
  await serve(db, worker, fresh)

  expect(await answer).toMatchObject({ choices: [{ message: { content: 'after the restart' } }] })
})

const vectors = (usage = { prompt_tokens: 5, total_tokens: 5 }) => ({
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.6, 0.8] }],
  model: 'engine-name',
  usage,
})
const embed = (body: Partial<EmbeddingRequest>) =>
  gateway.embed({
    projectId: project,
    body: { model: 'writer', input: 'Hello', ...body },
    forJob: null,
    signal: new AbortController().signal,
  })

test('texts become vectors under the name that was asked for, and their tokens are counted', async () => {
  const stub = await engine()
  stub.answer = (_request, res) => res.end(JSON.stringify(vectors()))
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)

  expect(await embed({ input: ['Hello'], encoding_format: 'base64' })).toEqual({ ...vectors(), model: 'writer' })

  expect(stub.requests[0]?.body).toEqual({ model: 'engine-name', input: ['Hello'], encoding_format: 'base64' })
  expect(gateway.busy()).toEqual([])
  await gateway.close()
  expect(served).toMatchObject([{ model: base, jobId: null, promptTokens: 5, completionTokens: 0, requests: 1 }])
})

test('token ids are refused before any engine is asked: they are of another tokenizer', async () => {
  for (const input of [[1, 2], [[1, 2]]])
    await expect(embed({ input })).rejects.toMatchObject({ code: 'invalid_request', param: 'input', status: 400 })
})

test('another replica gives the vectors where one does not answer', async () => {
  const [broken, whole] = [await engine(), await engine()]
  broken.answer = (_request, res) => res.destroy()
  whole.answer = (_request, res) => res.end(JSON.stringify(vectors()))
  await deploy(db, project, deployInput('writer', base))
  const first = await addWorker(db, 'first')
  await serve(db, first, broken)
  await db.updateTable('app.worker').set({ draining: true }).where('id', '=', first).execute()
  await serve(db, await addWorker(db, 'second'), whole)

  expect((await Promise.all([embed({}), embed({})])).map(({ model }) => model)).toEqual(['writer', 'writer'])
})

test('tools and the calls that answer them pass through', async () => {
  const call = { id: 'call_1', type: 'function' as const, function: { name: 'look', arguments: '{}' } }
  const stub = await engine()
  stub.answer = (_request, res) =>
    res.end(
      JSON.stringify({
        id: 'chatcmpl-1',
        created: 1,
        model: 'engine-name',
        object: 'chat.completion',
        choices: [
          { index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' },
        ],
        usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
      }),
    )
  await deploy(db, project, deployInput('writer', base))
  await serve(db, await addWorker(db, 'one'), stub)
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }]

  const answer = await wholeAnswer(chat('writer', { tools, tool_choice: 'required' }))

  expect(stub.requests[0]?.body).toMatchObject({ tools, tool_choice: 'required' })
  expect(answer.choices[0]).toMatchObject({ message: { tool_calls: [call] }, finish_reason: 'tool_calls' })
})
