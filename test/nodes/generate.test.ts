import type { INodeExecutionData } from 'n8n-workflow'
import { startServer, type TestServer } from '../support/server'
import { addModel, addWorker, deploy, deployInput, serve } from '../support/serving-fixture'
import { sendError, startStubEngine, type StubEngine } from '../support/stub-engine'
import { startN8n, type N8n } from './support/n8n'

let forge: TestServer
let n8n: N8n
let engine: StubEngine

beforeAll(async () => {
  forge = await startServer()
  engine = await startStubEngine()
  n8n = await startN8n({ baseUrl: `${forge.url}/`, apiKey: forge.adminKey })
  const model = await addModel(forge.db, 'proj_default')
  await deploy(forge.db, 'proj_default', deployInput('texts', model))
  await serve(forge.db, await addWorker(forge.db, 'worker'), engine)
}, 60_000)
afterAll(async () => {
  await n8n.stop()
  await engine.close()
  await forge.stop()
})
beforeEach(() => {
  engine.answer = null
  engine.requests.length = 0
})

const products = (count: number): INodeExecutionData[] =>
  Array.from({ length: count }, (_, index) => ({ json: { title: `Chair ${index}` } }))
const parameters = (more: object = {}) => ({
  operation: 'generate',
  model: { __rl: true, mode: 'id', value: 'texts' },
  system: 'Be short.',
  user: '=Describe {{ $json.title }}',
  ...more,
})
const say = (text: string) => (request: { body: object }, res: Parameters<NonNullable<StubEngine['answer']>>[1]) => {
  res.setHeader('content-type', 'application/json')
  res.end(
    JSON.stringify({
      id: 'c',
      created: 1,
      model: 'm',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  )
}
const lastMessage = ({ body }: { body: Record<string, unknown> }): string =>
  (body['messages'] as { content: string }[]).at(-1)?.content ?? ''

test('one answer per item, in order, each paired with the item that it was made of', async () => {
  engine.answer = (request, res) => say(`about ${lastMessage(request)}`)(request, res)
  const run = await n8n.run(
    [
      { name: 'Generate', type: 'forgeGenerate', parameters: parameters(), to: ['After'] },
      { name: 'After', type: 'test.pass' },
    ],
    products(20),
  )

  expect(run.status).toBe('success')
  expect(run.json('After').map(({ text }) => text)).toEqual(
    products(20).map((_, index) => `about Describe Chair ${index}`),
  )
  expect(run.items('Generate').map(({ pairedItem }) => pairedItem)).toEqual(products(20).map((_, item) => ({ item })))
  expect(engine.requests[0]?.body).toMatchObject({ max_tokens: 256, temperature: 0 })
})

test('a schema makes fields of the answer; an answer that is cut off is an error of its item', async () => {
  engine.answer = (request, res) =>
    say(lastMessage(request).endsWith('0') ? '{"title":"A"}' : '{"title":"A')(request, res)
  const run = await n8n.run(
    [
      {
        name: 'Generate',
        type: 'forgeGenerate',
        parameters: parameters({ format: 'json_schema', schema: '{"type":"object"}' }),
        onError: 'continueRegularOutput',
      },
    ],
    products(2),
  )

  expect(run.json('Generate')[0]).toMatchObject({ output: { title: 'A' } })
  expect(run.json('Generate')[1]).toMatchObject({ error: expect.stringContaining('not complete JSON') })
  expect(engine.requests[0]?.body['response_format']).toMatchObject({
    type: 'json_schema',
    json_schema: { schema: { type: 'object' } },
  })
})

const withFile = (mimeType: string, bytes: string): INodeExecutionData => ({
  json: { title: 'Chair' },
  binary: { photo: { data: Buffer.from(bytes).toString('base64'), mimeType, fileName: 'file' } },
})

test('images and recordings of an item travel with its user message', async () => {
  engine.answer = (request, res) => say('seen')(request, res)
  const ask = async (option: string, item: INodeExecutionData): Promise<unknown> => {
    const run = await n8n.run(
      [{ name: 'Generate', type: 'forgeGenerate', parameters: parameters({ options: { [option]: 'photo' } }) }],
      [item],
    )
    expect(run.json('Generate')).toMatchObject([{ text: 'seen' }])
    return (engine.requests.at(-1)?.body['messages'] as { content: unknown }[])[1]?.content
  }

  expect(await ask('image_fields', withFile('image/png', 'pixels'))).toEqual([
    { type: 'text', text: 'Describe Chair' },
    {
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${Buffer.from('pixels').toString('base64')}` },
    },
  ])
  expect(await ask('audio_fields', withFile('audio/mpeg', 'sound'))).toEqual([
    { type: 'text', text: 'Describe Chair' },
    { type: 'input_audio', input_audio: { data: Buffer.from('sound').toString('base64'), format: 'mp3' } },
  ])
})

test('a model that reads no images is named, for each item that has one; so is a file that is none', async () => {
  engine.answer = (request, res) =>
    typeof (request.body['messages'] as { content: unknown }[])[1]?.content === 'string'
      ? say('x')(request, res)
      : sendError(res, 400, {
          code: 'unsupported_parameter',
          message: 'no images',
          param: 'messages[1].content.type',
        })
  const run = await n8n.run(
    [
      {
        name: 'Generate',
        type: 'forgeGenerate',
        parameters: parameters({ options: { image_fields: '={{ $json.title === "Chair" ? "photo" : "" }}' } }),
        onError: 'continueRegularOutput',
      },
    ],
    [withFile('image/png', 'pixels'), ...products(1), withFile('text/csv', 'a,b')],
  )

  expect(run.json('Generate')).toMatchObject([
    { error: 'The model "texts" reads text only, and messages[1].content has an image.' },
    { text: 'x' },
    { error: 'The binary field "photo" holds text/csv, not an image' },
  ])
})

test('an item that fails stops the workflow, and the error names it with the remedy and the request', async () => {
  engine.answer = (request, res) =>
    lastMessage(request).endsWith('1')
      ? sendError(res, 400, { code: 'context_length_exceeded', message: 'The prompt has 9000 tokens; 8192 fit.' })
      : say('x')(request, res)
  const run = await n8n.run(
    [
      { name: 'Generate', type: 'forgeGenerate', parameters: parameters(), to: ['After'] },
      { name: 'After', type: 'test.pass' },
    ],
    products(3),
  )

  expect(run.status).toBe('error')
  expect(run.ran('After')).toBe(false)
  expect(run.error).toMatchObject({
    message: 'The prompt has 9000 tokens; 8192 fit.',
    description: expect.stringMatching(/^Shorten the prompt or lower max_tokens\. \(request .+\)$/),
    context: { itemIndex: 1 },
  })
})

test('with the error output, only the items that failed leave by it', async () => {
  engine.answer = (request, res) =>
    lastMessage(request).endsWith('1')
      ? sendError(res, 400, { code: 'context_length_exceeded', message: 'too long' })
      : say('x')(request, res)
  const run = await n8n.run(
    [
      {
        name: 'Generate',
        type: 'forgeGenerate',
        parameters: parameters(),
        onError: 'continueErrorOutput',
        to: ['Good', 'Bad'],
      },
      { name: 'Good', type: 'test.pass' },
      { name: 'Bad', type: 'test.pass' },
    ],
    products(3),
  )

  expect(run.json('Good')).toHaveLength(2)
  expect(run.json('Bad')).toMatchObject([{ error: 'too long', message: 'too long' }])
})

test('a model that is not there is named, whatever the cause', async () => {
  const run = await n8n.run(
    [
      {
        name: 'Generate',
        type: 'forgeGenerate',
        parameters: parameters({ model: { __rl: true, mode: 'id', value: 'nothing' } }),
      },
    ],
    products(1),
  )

  expect(run.error).toMatchObject({ message: 'There is no model or deployment "nothing" in this project.' })
})

test('a server that is not there is named with its address, and with the hint for Docker', async () => {
  const nowhere = await startN8n({ baseUrl: 'http://127.0.0.1:9', apiKey: 'x' })
  const run = await nowhere.run([{ name: 'Generate', type: 'forgeGenerate', parameters: parameters() }], products(1))
  await nowhere.stop()

  expect(run.error).toMatchObject({
    message: 'Forge does not answer at http://127.0.0.1:9: connection refused',
    description: expect.stringContaining('n8n runs in Docker? Use http://host.docker.internal:8470.'),
  })
})

test('the raw answer is there for who wants it', async () => {
  const run = await n8n.run(
    [{ name: 'Generate', type: 'forgeGenerate', parameters: parameters({ simple: false }) }],
    products(1),
  )

  expect(run.json('Generate')[0]).toMatchObject({ object: 'chat.completion', usage: { prompt_tokens: 7 } })
})
