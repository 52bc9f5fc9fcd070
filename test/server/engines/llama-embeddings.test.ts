import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { startLlamaEngine, type LlamaEngine } from '../../support/llama-engine'

let llama: LlamaEngine
const folder = mkdtempSync(join(tmpdir(), 'embeddings-'))
beforeAll(async () => {
  llama = await startLlamaEngine()
}, 60_000)
afterAll(async () => {
  await llama.stop()
  rmSync(folder, { recursive: true })
})
jest.setTimeout(60_000)

const list = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({ object: z.literal('embedding'), index: z.int(), embedding: z.array(z.number()).length(576) }),
  ),
  model: z.string(),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
})
const embed = async (body: object) => list.parse(await (await llama.post('/v1/embeddings', body)).json())
const vector = async (input: string, model = 'base') => (await embed({ model, input })).data[0]?.embedding ?? []
const product = (left: readonly number[], right: readonly number[]) =>
  left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)

test('a vector has length 1 and is nearer to that of a text with the same meaning', async () => {
  const [cat, kitten, taxes] = [
    await vector('The cat sits on the mat.'),
    await vector('A kitten lies on a rug.'),
    await vector('Quarterly tax filings are due.'),
  ]

  expect(product(cat, cat)).toBeCloseTo(1, 6)
  expect(product(cat, kitten)).toBeGreaterThan(product(cat, taxes))
})

test('several texts come in their order, each as if it were alone, and their tokens are counted', async () => {
  const texts = ['one', 'a much longer second text', 'three']

  const { data, usage } = await embed({ input: texts })

  expect(data.map(({ index }) => index)).toEqual([0, 1, 2])
  for (const [at, text] of texts.entries())
    expect(product(data[at]?.embedding ?? [], await vector(text))).toBeCloseTo(1, 4)
  const { tokens } = z
    .object({ tokens: z.array(z.int()) })
    .parse(await (await llama.post('/tokenize', { text: texts.join('') })).json())
  expect(usage.prompt_tokens).toBe(tokens.length)
})

test('base64 holds the same numbers as 32-bit floats', async () => {
  const numbers = await vector('the same text')
  const reply = await llama.post('/v1/embeddings', { input: 'the same text', encoding_format: 'base64' })
  const { data } = z.object({ data: z.tuple([z.object({ embedding: z.base64() })]) }).parse(await reply.json())

  const bytes = Buffer.from(data[0].embedding, 'base64')
  expect(numbers.map((_, at) => bytes.readFloatLE(at * 4))).toEqual(numbers.map(Math.fround))
})

test('a text longer than a batch has a vector too', async () => {
  const long = await vector('word '.repeat(600))

  expect(product(long, long)).toBeCloseTo(1, 4)
})

test('an adapter has vectors of its own, and it can be removed while it gives them', async () => {
  const path = join(folder, 'adapter.gguf')
  const script = join(__dirname, 'fixtures', 'random_adapter.py')
  execFileSync(join(__dirname, '..', '..', '..', '.venv', 'bin', 'python'), [script, path, '1'])
  await llama.engine.addAdapter('tuned', path)
  const [base, tuned] = [await vector('a bread board'), await vector('a bread board', 'tuned')]

  expect(product(base, tuned)).toBeLessThan(0.999)
  expect(product(base, await vector('a bread board'))).toBeCloseTo(1, 4)
  const running = embed({ model: 'tuned', input: Array.from({ length: 8 }, () => 'a text') })
  await vector('the engine has read the request above')
  await llama.engine.removeAdapter('tuned')
  expect((await running).data).toHaveLength(8)
  expect((await llama.post('/v1/embeddings', { model: 'tuned', input: 'a' })).status).toBe(404)
})

test.each([
  [{ input: ['short', 'word '.repeat(1100)] }, 'context_length_exceeded', 'input[1]', 'input[1] has 1101 tokens'],
  [{ input: 'a', dimensions: 256 }, 'unsupported_parameter', 'dimensions', 'dimensions'],
  [{ input: 'a', encoding_format: 'int8' }, 'invalid_request', 'encoding_format', '"int8"'],
  [{ input: [1, 2] }, 'invalid_request', 'input', 'input must be'],
  [{ input: 'a', truncate: true }, 'unsupported_parameter', 'truncate', 'truncate'],
])('%# is refused with its place', async (body, code, param, message) => {
  const reply = await llama.post('/v1/embeddings', body)

  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ error: { code, param, message: expect.stringContaining(message) } })
})

test("the model's own number of dimensions is accepted", async () => {
  expect((await embed({ input: 'a', dimensions: 576 })).data).toHaveLength(1)
})
