import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createServingEngine, type ServingAddress } from '../../../server/engines/serving-engine'
import { transformersProgram } from '../../../server/engines/serving-program'

/** The Transformers engine through the driver that the worker uses. What it computes is held against PEFT in pytest. */
const root = join(__dirname, '..', '..', '..')
const python = join(root, '.venv', 'bin', 'python')
const enginesFolder = join(root, 'server', 'python')
const folder = mkdtempSync(join(tmpdir(), 'transformers-engine-'))
const [base, adapter] = [join(folder, 'base'), join(folder, 'adapter')]
const log: string[] = []
const engine = createServingEngine({
  program: transformersProgram({ python, enginesFolder }),
  onLog: ({ message }) => void log.push(message),
})
let address: ServingAddress

const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }), finish_reason: z.string() })).length(1),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() }),
})
const post = (body: object, path = '/v1/chat/completions') =>
  fetch(`${address.origin}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${address.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'base',
      messages: [{ role: 'user', content: 'w5 w6' }],
      temperature: 0,
      max_tokens: 12,
      ...body,
    }),
  })
const text = async (model: string) =>
  completion.parse(await (await post({ model })).json()).choices[0]?.message.content ?? ''

beforeAll(async () => {
  execFileSync(python, [join(__dirname, 'fixtures', 'tiny_neox.py'), base, adapter], {
    env: { PATH: process.env['PATH'], PYTHONPATH: enginesFolder, OMP_NUM_THREADS: '1', HF_HUB_OFFLINE: '1' },
  })
  address = await engine.load({ modelPath: base, base: 'base', contextTokens: 2048, sequences: 2, threads: 1 })
}, 120_000)
afterAll(async () => {
  expect(await engine.stop()).toEqual({ code: 0, signal: null })
  rmSync(folder, { recursive: true })
}, 30_000)

test('it takes a base that llama.cpp does not, and adapters come and go beside it', async () => {
  expect(address.contextTokens).toBe(256)
  const before = await text('base')
  expect(before).toMatch(/^w\d+/)

  await engine.addAdapter('tuned', adapter)
  expect(await text('tuned')).not.toBe(before)
  await expect(engine.addAdapter('tuned', adapter)).rejects.toMatchObject({ code: 'adapter_exists' })
  await engine.removeAdapter('tuned')

  expect((await post({ model: 'tuned' })).status).toBe(404)
  expect(await text('base')).toBe(before)
  await expect(engine.addAdapter('broken', folder)).rejects.toMatchObject({ code: 'adapter_not_loadable' })
})

test('a stream ends with its usage and says what the whole answer says', async () => {
  const whole = completion.parse(await (await post({})).json())
  const reply = await post({ stream: true, stream_options: { include_usage: true } })
  expect(reply.headers.get('content-type')).toContain('text/event-stream')
  const events = (await reply.text()).split('\n\n').filter((event) => event !== '')

  expect(events.pop()).toBe('data: [DONE]')
  const chunks = events.map((event) =>
    z
      .object({
        choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })),
        usage: completion.shape.usage.nullable(),
      })
      .parse(JSON.parse(event.slice('data: '.length))),
  )
  expect(chunks.at(-1)?.usage).toEqual(whole.usage)
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(whole.choices[0]?.message.content)
})

test('a forced form is refused, not ignored', async () => {
  const reply = await post({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } } })

  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({
    error: { code: 'unsupported_parameter', param: 'response_format' },
  })
})

test('tools and embeddings are refused, with the engine that has them', async () => {
  const hint = expect.stringContaining('CPU engine')
  const tool = { type: 'function', function: { name: 'look', parameters: {} } }
  const [chat, vectors] = [await post({ tools: [tool] }), await post({ input: 'w5' }, '/v1/embeddings')]

  expect([chat.status, vectors.status]).toEqual([400, 400])
  expect(await chat.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'tools', hint } })
  expect(await vectors.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'model', hint } })
})
