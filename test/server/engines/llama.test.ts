import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { createServingEngine, type ServingAddress, type ServingEngine } from '../../../server/engines/serving-engine'

/** The real engine with the real model: these are the promises the gateway builds on. */
const root = join(__dirname, '..', '..', '..')
const model = join(root, '.models', 'smollm2-135m-instruct')
const python = join(root, '.venv', 'bin', 'python')
const capital = [
  { role: 'system', content: 'Answer in one sentence.' },
  { role: 'user', content: 'What is the capital of France?' },
]

const folder = mkdtempSync(join(tmpdir(), 'serving-engine-'))
const log: string[] = []
let engine: ServingEngine
let address: ServingAddress

const completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string() }),
        finish_reason: z.string(),
        logprobs: z.object({ content: z.array(z.object({ logprob: z.number(), token: z.string() })) }).nullable(),
      }),
    )
    .length(1),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() }),
})
const failure = z.object({ error: z.object({ code: z.string(), message: z.string(), param: z.string().nullable() }) })

const post = (path: string, body: object, signal?: AbortSignal) =>
  fetch(`${address.origin}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${address.token}` },
    ...(signal ? { signal } : {}),
  })
const chat = async (body: object) => {
  const reply = await post('/v1/chat/completions', {
    model: 'base',
    temperature: 0,
    max_tokens: 24,
    messages: capital,
    ...body,
  })
  const parsed = completion.parse(await reply.json())
  const [choice] = parsed.choices
  return {
    text: choice?.message.content ?? '',
    reason: choice?.finish_reason,
    logprobs: choice?.logprobs?.content,
    usage: parsed.usage,
  }
}
const refusal = async (body: object) => {
  const reply = await post('/v1/chat/completions', { model: 'base', messages: capital, ...body })
  return { status: reply.status, ...failure.parse(await reply.json()).error }
}
const metrics = async () => {
  const reply = await fetch(`${address.origin}/metrics-json`, { headers: { authorization: `Bearer ${address.token}` } })
  return z.object({ running: z.int(), waiting: z.int(), generated_tokens: z.int() }).parse(await reply.json())
}
const adapter = (seed: number) => {
  const path = join(folder, `adapter-${seed}.gguf`)
  execFileSync(python, [join(__dirname, 'fixtures', 'random_adapter.py'), path, String(seed)])
  return path
}
const streamed = async (body: object) => {
  const reply = await post('/v1/chat/completions', {
    model: 'base',
    temperature: 0,
    max_tokens: 24,
    messages: capital,
    stream: true,
    ...body,
  })
  const events = (await reply.text())
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''))
  expect(events.pop()).toBe('[DONE]')
  const chunk = z.object({
    choices: z.array(
      z.object({ delta: z.object({ content: z.string().optional() }), finish_reason: z.string().nullable() }),
    ),
    usage: completion.shape.usage.nullable().optional(),
  })
  const chunks = events.map((event) => chunk.parse(JSON.parse(event)))
  return { chunks, text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('') }
}

beforeAll(async () => {
  engine = createServingEngine({ onLog: ({ message }) => void log.push(message) })
  address = await engine.load({
    modelPath: join(model, 'model.gguf'),
    base: 'base',
    contextTokens: 512,
    sequences: 4,
    threads: 1,
  })
}, 60_000)
afterAll(async () => {
  const exit = await engine.stop()
  rmSync(folder, { recursive: true })
  expect(exit).toEqual({ code: 0, signal: null })
})

test('an answer has text, usage and the reason it ended', async () => {
  const answer = await chat({})

  expect(answer.text).toContain('Paris')
  expect(answer.reason).toBe('stop')
  expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + answer.usage.completion_tokens)
  expect(await chat({ max_tokens: 2 })).toMatchObject({ reason: 'length', usage: { completion_tokens: 2 } })
})

test('a streamed answer is the whole answer, with usage when asked for', async () => {
  const whole = await chat({ max_tokens: 4 })

  const { chunks, text } = await streamed({ max_tokens: 4, stream_options: { include_usage: true } })

  expect(text).toBe(whole.text)
  expect(chunks.length).toBeGreaterThan(4)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage })
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length')
})

test('a stop text ends the answer and is not part of it, streamed or not', async () => {
  const stop = ['of Fra', 'never said']

  expect(await chat({ stop })).toMatchObject({ text: 'The capital ', reason: 'stop' })
  expect((await streamed({ stop })).text).toBe('The capital ')
})

test('an answer follows the JSON schema', async () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 20 }, size: { enum: ['small', 'large'] } },
    required: ['city', 'size'],
    additionalProperties: false,
  }

  const answer = await chat({
    response_format: { type: 'json_schema', json_schema: { name: 'city', schema } },
    max_tokens: 60,
  })

  expect(JSON.parse(answer.text)).toEqual({ city: expect.any(String), size: expect.stringMatching(/^(small|large)$/) })
  expect(answer.reason).toBe('stop')
})

test('a keyword the grammar cannot enforce is refused, not ignored', async () => {
  const schema = { type: 'object', properties: { code: { type: 'string', pattern: '^A' } } }

  expect(
    await refusal({ response_format: { type: 'json_schema', json_schema: { name: 'code', schema } } }),
  ).toMatchObject({
    status: 400,
    code: 'unsupported_parameter',
    param: 'response_format.json_schema.schema.properties.code.pattern',
  })
})

test.each([
  [{ n: 2 }, 400, 'unsupported_parameter', 'n'],
  [{ functions: [{ name: 'f' }] }, 400, 'unsupported_parameter', 'functions'],
  [{ logit_bias: { 5: 1 } }, 400, 'unsupported_parameter', 'logit_bias'],
  [{ best_of: 3 }, 400, 'unsupported_parameter', 'best_of'],
  [{ logprobs: true, temperature: 0.7 }, 400, 'unsupported_parameter', 'logprobs'],
  [{ temperature: 'hot' }, 400, 'invalid_request', 'temperature'],
  [{ model: 'nobody' }, 404, 'model_not_found', 'model'],
])('%j is refused with %i %s', async (body, status, code, param) => {
  expect(await refusal(body)).toMatchObject({ status, code, param })
})

test('a prompt longer than the context is refused with both numbers', async () => {
  const { status, code, message } = await refusal({ messages: [{ role: 'user', content: 'word '.repeat(600) }] })

  expect([status, code]).toEqual([400, 'context_length_exceeded'])
  expect(message).toMatch(/has 6\d\d tokens.*holds 512/)
})

test('without the token nothing is answered', async () => {
  expect((await fetch(`${address.origin}/health`)).status).toBe(401)
})

test('more requests than sequences are all answered, each with its own text', async () => {
  const numbers = ['one', 'two', 'three', 'four', 'five', 'six']
  const ask = (number: string) =>
    chat({ messages: [{ role: 'user', content: `Write the word ${number} twice.` }], max_tokens: 6 })
  const alone = []
  for (const number of numbers) alone.push((await ask(number)).text)

  const together = await Promise.all(numbers.map(ask))

  expect(together.map(({ text }) => text)).toEqual(alone)
}, 60_000)

test('a request with a seed has the same log probabilities, bit for bit, whatever else is answered', async () => {
  const long = (subject: string) => [
    { role: 'system', content: `Be warm, precise and honest. ${'Name the material and the use. '.repeat(6)}` },
    { role: 'user', content: `Write about ${subject}.` },
  ]
  const ask = async (subject: string, seed?: number) => {
    const { text, logprobs } = await chat({
      messages: long(subject),
      max_tokens: 16,
      logprobs: true,
      ...(seed === undefined ? {} : { seed }),
    })
    return { text, logprobs: logprobs?.map(({ logprob }) => logprob) }
  }
  const alone = await ask('mugs', 0)
  const [beside, again] = await Promise.all([ask('mugs', 0), ask('mugs', 0), ask('the sea'), ask('bikes'), ask('tea')])

  expect(alone.logprobs).toHaveLength(16)
  expect(beside).toEqual(alone)
  expect(again).toEqual(alone)
}, 60_000)

test('the same seed gives the same answer, another seed another one', async () => {
  const ask = (seed: number) =>
    chat({ temperature: 1, seed, max_tokens: 12, messages: [{ role: 'user', content: 'Tell me a story.' }] })

  const [first, again, other] = [await ask(1), await ask(1), await ask(2)]

  expect(again.text).toBe(first.text)
  expect(other.text).not.toBe(first.text)
})

test('log probabilities of an answer equal those of scoring it', async () => {
  const answer = await chat({ logprobs: true, top_logprobs: 2, max_tokens: 6 })
  const ids = async (body: object) =>
    z.object({ tokens: z.array(z.int()) }).parse(await (await post('/tokenize', body)).json()).tokens
  const [prompt, continuation] = [await ids({ messages: capital }), await ids({ text: answer.text })]

  const scored = z
    .object({ logprobs: z.array(z.number()), top_tokens: z.array(z.int()) })
    .parse(await (await post('/v1/logprobs', { model: 'base', prompt, continuation })).json())

  expect(scored.top_tokens).toEqual(continuation)
  answer.logprobs?.forEach(({ logprob }, index) => expect(scored.logprobs[index]).toBeCloseTo(logprob, 1))
})

test('closing the connection stops the generation', async () => {
  const abort = new AbortController()
  const story = {
    model: 'base',
    stream: true,
    messages: [{ role: 'user', content: 'Write a very long story about a dragon.' }],
    seed: 1,
  }
  const reply = await post('/v1/chat/completions', story, abort.signal)
  await reply.body?.getReader().read()
  expect((await metrics()).running).toBe(1)

  abort.abort()
  await sleep(1_000)
  const stopped = await metrics()
  await sleep(300)

  expect(stopped.running).toBe(0)
  expect((await metrics()).generated_tokens).toBe(stopped.generated_tokens)
})

test('an adapter added while the base answers is served beside it and never mixed with it', async () => {
  const long = { max_tokens: 16, messages: [{ role: 'user', content: 'Describe the sea.' }] }
  const running = chat(long)
  await engine.addAdapter('first', adapter(1))
  await engine.addAdapter('second', adapter(2))
  const base = await running
  const alone = [await chat({ ...long, model: 'first' }), await chat({ ...long, model: 'second' })]

  const together = await Promise.all(['base', 'first', 'second'].map((name) => chat({ ...long, model: name })))

  expect(together.map(({ text }) => text)).toEqual([base.text, alone[0]?.text, alone[1]?.text])
  expect(new Set(together.map(({ text }) => text)).size).toBe(3)
}, 60_000)

test('a removed adapter is refused, and its running answer still ends', async () => {
  await engine.addAdapter('leaving', adapter(3))
  const running = chat({ model: 'leaving', max_tokens: 24 })
  await sleep(100)

  const removed = engine.removeAdapter('leaving')

  expect((await running).usage.completion_tokens).toBeGreaterThan(0)
  await removed
  expect(await refusal({ model: 'leaving' })).toMatchObject({ status: 404, code: 'model_not_found' })
}, 60_000)

test('what cannot be loaded is refused with its name, and the engine goes on', async () => {
  await expect(engine.addAdapter('broken', __filename)).rejects.toMatchObject({ code: 'adapter_not_loadable' })
  await expect(engine.removeAdapter('broken')).rejects.toMatchObject({ code: 'adapter_unknown' })

  expect((await chat({ max_tokens: 1 })).reason).toBe('length')
})

test('the engine writes nothing but events to stdout', () => {
  expect(log.filter((message) => message.startsWith('Not an event'))).toEqual([])
})
