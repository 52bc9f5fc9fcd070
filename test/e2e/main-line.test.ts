import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { routes } from '../../server/contract/routes'
import { root, startForge, type ForgeProcess } from '../chaos/forge-process'

/*
 * The whole line on the default model and real engines, smaller than the demo: fewer rows, fewer texts. Everything goes
 * through the commands and calls that a user has.
 */
jest.setTimeout(900_000)

let folder: string
let forge: ForgeProcess
let output: string

interface RecipeText {
  ingest: { max_rows: number }
  evaluate: { max_items: number; gate: unknown }
  generate: { languages: string[]; channels: string[]; compare_items: number }
}

/** The example with few rows; 48 rows do not teach the house style, so the gate looks at the loss alone. */
const smallExample = (): string => {
  const example = join(folder, 'example')
  cpSync(join(root, 'examples', 'ecommerce-content'), example, { recursive: true })
  const path = join(example, 'recipe.yaml')
  const recipe = parse(readFileSync(path, 'utf8')) as RecipeText
  recipe.ingest.max_rows = 48
  recipe.evaluate = { ...recipe.evaluate, max_items: 3, gate: { loss: { improve_by: 0.01 } } }
  recipe.generate = { ...recipe.generate, languages: ['en'], channels: ['social'], compare_items: 1 }
  writeFileSync(path, stringify(recipe))
  const products = join(example, 'new-products.csv')
  writeFileSync(products, readFileSync(products, 'utf8').split('\n').slice(0, 3).join('\n'))
  return path
}

const command = (...args: string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], FORGE_SERVER_URL: forge.url, FORGE_API_KEY: 'chaos-admin-key-0123456789' }
    execFile(
      process.execPath,
      [join(root, 'server', 'dist', 'main.js'), ...args],
      { env: { ...env, FORGE_DATA_DIR: folder }, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, output: stdout + stderr })
      },
    )
  })

const chat = async (body: Record<string, unknown>): Promise<Response> =>
  await fetch(`${forge.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer chaos-admin-key-0123456789', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'shop-writer', max_tokens: 16, temperature: 0, ...body }),
  })
const messages = [{ role: 'user', content: 'Write the social text in English for an oak board.' }]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forge-e2e-'))
  chmodSync(folder, 0o755)
  forge = await startForge(folder, {
    FORGE_MODELS_DIR: join(root, '.models'),
    FORGE_LEASE_SECONDS: '30',
    FORGE_HEARTBEAT_SECONDS: '5',
  })
})
afterAll(async () => {
  await forge.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('`forge run` takes a catalogue to a deployed model and generated texts', async () => {
  const run = await command('run', smallExample())
  output = run.output
  expect({ code: run.code, output }).toMatchObject({ code: 0 })
  for (const step of ['ingest', 'fine-tune', 'evaluate', 'deploy', 'generate'])
    expect(output).toMatch(new RegExp(`^${step}\\s+succeeded`, 'm'))
})

test('the report shows energy with its method for every step that computes', () => {
  for (const step of ['ingest', 'fine-tune', 'evaluate']) {
    expect(output).toMatch(new RegExp(`^${step}\\s+succeeded\\s.* J\\s+(modelled|measured|apportioned|estimated)`, 'm'))
  }
})

test('the deployed model answers in OpenAI’s shape, and streams the same text', async () => {
  const whole = (await (await chat({ messages })).json()) as {
    model: string
    choices: [{ message: { content: string } }]
    usage: { total_tokens: number }
  }
  expect(whole.model).toBe('shop-writer')
  expect(whole.usage.total_tokens).toBeGreaterThan(0)

  const events = (await (await chat({ messages, stream: true })).text())
    .split('\n')
    .filter((line) => line.startsWith('data: '))
  expect(events.at(-1)).toBe('data: [DONE]')
  const pieces = events
    .slice(0, -1)
    .map((line) => JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] })
  expect(pieces.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(whole.choices[0].message.content)
})

test('an answer follows the JSON schema that was asked for', async () => {
  const schema = {
    type: 'object',
    properties: { title: { type: 'string', maxLength: 20 } },
    required: ['title'],
    additionalProperties: false,
  }
  const reply = await chat({
    messages,
    max_tokens: 64,
    response_format: { type: 'json_schema', json_schema: { name: 'card', schema } },
  })
  const { choices } = (await reply.json()) as { choices: [{ message: { content: string } }] }
  expect(JSON.parse(choices[0].message.content)).toEqual({ title: expect.any(String) })
})

test('a parameter that the engine cannot honour is refused by name', async () => {
  const reply = await chat({ messages, n: 2 })
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'n' } })
})

test('the adapter can be downloaded and is what the model names', async () => {
  const { data } = await forge.client.call(routes.listModels, {})
  const tuned = data.find(({ kind }) => kind === 'adapter')
  for (const { name, sha256 } of tuned?.artifacts ?? []) {
    const hash = createHash('sha256')
    for await (const chunk of await forge.client.stream(routes.getModelContent, { params: { id: tuned?.id, name } }))
      hash.update(chunk as Buffer)
    expect({ name, sha256: hash.digest('hex') }).toEqual({ name, sha256 })
  }
  expect(tuned?.artifacts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['adapter_model.safetensors', 'adapter_config.json', 'adapter.gguf']),
  )
})
