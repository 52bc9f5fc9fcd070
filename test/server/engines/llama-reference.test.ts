import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createServingEngine, type ServingAddress } from '../../../server/engines/serving-engine'

/** The engine against Transformers and PEFT: what lets an architecture onto the list in gguf-architectures.ts. */
const root = join(__dirname, '..', '..', '..')
const model = join(root, '.models', 'smollm2-135m-instruct')
const folder = mkdtempSync(join(tmpdir(), 'serving-reference-'))
const engine = createServingEngine({ onLog: () => undefined })
const conversations = [
  [{ role: 'user', content: 'Describe the sea in winter.' }],
  [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Äpfel  12 345 kg,\n\n 日本🎉 <b>x</b>' },
    { role: 'assistant', content: ' ok ' },
    { role: 'user', content: '007' },
  ],
]

const referenceShape = z.object({
  prompts: z.array(z.array(z.int())),
  adapters: z.record(z.string(), z.string()),
  cases: z.array(z.object({ model: z.string(), continuation: z.array(z.int()), logprobs: z.array(z.number()) })),
})
let reference: z.infer<typeof referenceShape>
let address: ServingAddress

const post = async (path: string, body: object): Promise<unknown> =>
  (
    await fetch(`${address.origin}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${address.token}` },
    })
  ).json()
const meanDifference = (left: number[], right: number[]) =>
  left.reduce((sum, value, index) => sum + Math.abs(value - (right[index] ?? NaN)), 0) / left.length

beforeAll(async () => {
  const script = join(__dirname, 'fixtures', 'reference.py')
  const env = { ...process.env, PYTHONPATH: join(root, 'server', 'python'), OMP_NUM_THREADS: '1', HF_HUB_OFFLINE: '1' }
  reference = referenceShape.parse(
    JSON.parse(
      execFileSync(join(root, '.venv', 'bin', 'python'), [script, model, folder, JSON.stringify(conversations)], {
        encoding: 'utf8',
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ),
  )
  address = await engine.load({
    modelPath: join(model, 'model.gguf'),
    base: 'base',
    contextTokens: 512,
    sequences: 2,
    threads: 1,
  })
  for (const [name, path] of Object.entries(reference.adapters)) await engine.addAdapter(name, path)
}, 300_000)
afterAll(async () => {
  await engine.stop()
  rmSync(folder, { recursive: true })
})

test('token ids equal those of Hugging Face', async () => {
  const replies = await Promise.all(conversations.map((messages) => post('/tokenize', { messages })))

  expect(replies).toEqual(reference.prompts.map((tokens) => ({ tokens })))
})

test('base and adapters score as Transformers and PEFT do, also at once on the same prompt', async () => {
  const {
    prompts: [prompt],
    adapters,
    cases,
  } = reference
  const score = async (name: string, continuation: number[]) =>
    z.object({ logprobs: z.array(z.number()) }).parse(await post('/v1/logprobs', { model: name, prompt, continuation }))
      .logprobs

  const names = ['base', ...Object.keys(adapters)]
  const scored = await Promise.all(
    cases.flatMap((expected) =>
      names.map(async (name) => ({
        isOwn: name === expected.model,
        difference: meanDifference(await score(name, expected.continuation), expected.logprobs),
      })),
    ),
  )

  // Q4_1 products round their inputs, so equality is not to be had; the wrong weights are several times further away
  const own = Math.max(...scored.filter(({ isOwn }) => isOwn).map(({ difference }) => difference))
  const other = Math.min(...scored.filter(({ isOwn }) => !isOwn).map(({ difference }) => difference))
  expect(own).toBeLessThan(0.1)
  expect(other).toBeGreaterThan(2 * own)
}, 60_000)
