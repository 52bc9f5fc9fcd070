import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBaseModels } from '../../../server/workers/base-models'

let folder: string
let server: Server
const files: Record<string, string> = {
  'config.json': '{"architectures":["LlamaForCausalLM"],"max_position_embeddings":4096}',
  'model.safetensors': 'weights',
  'modeling_own.py': 'import os',
  'pytorch_model.bin': 'pickle',
}
let damaged: string | null
let token: string | null
const git = (text: string) => createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex')
const sha = 'a'.repeat(40)
const listing = () => ({
  sha,
  siblings: Object.entries(files).map(([rfilename, text]) => ({
    rfilename,
    size: text.length,
    blobId: git(text),
    ...(rfilename.endsWith('.safetensors') ? { lfs: { sha256: createHash('sha256').update(text).digest('hex') } } : {}),
  })),
})

beforeEach(async () => {
  damaged = null
  token = null
  folder = await mkdtemp(join(tmpdir(), 'forge-models-'))
  server = createServer(({ url = '', headers }, response) => {
    if (token !== null && headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end()
    if (url === '/api/models/org/tiny?blobs=true') return void response.end(JSON.stringify(listing()))
    const name = url.split(`/org/tiny/resolve/${sha}/`)[1]
    const text = name === undefined ? undefined : files[name]
    if (text === undefined) return void response.writeHead(404).end()
    response.end(name === damaged ? `${text}!` : text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})
const resolve = async (
  name: string,
  hubEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  given?: string,
) =>
  await createBaseModels({ modelsDir: join(folder, 'models'), cacheDir: join(folder, 'cache'), hubEndpoint }).resolve(
    name,
    new AbortController().signal,
    given,
  )

test('a folder of the models folder is a base model', async () => {
  const dir = join(folder, 'models', 'own')
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'config.json'), files['config.json'] ?? '')
  await writeFile(join(dir, 'model.gguf'), 'gguf')
  expect(await resolve('folder:own')).toEqual({
    dir,
    gguf: join(dir, 'model.gguf'),
    context_tokens: 4096,
    architecture: 'LlamaForCausalLM',
  })
})

test.each(['folder:../own', 'folder:a/b', 'folder:..', 'folder:', '/etc', 'own', 'a/b/c'])(
  '%s names no base model',
  async (name) => {
    await expect(resolve(name)).rejects.toMatchObject({ code: 'model_not_loadable' })
  },
)

test('a preset that is not there says what to run', async () => {
  await expect(resolve('smollm2-135m-instruct')).rejects.toThrow('npm run setup')
})

test('a hub model is downloaded without code and pickles, and then needs no hub', async () => {
  const { dir, gguf, architecture } = await resolve('org/tiny')
  expect((await readdir(dir)).sort()).toEqual(['config.json', 'model.safetensors'])
  expect([gguf, architecture]).toEqual([null, 'LlamaForCausalLM'])
  expect((await resolve('org/tiny', 'http://127.0.0.1:1')).dir).toBe(dir)
})

test('a damaged download leaves nothing behind', async () => {
  damaged = 'model.safetensors'
  await expect(resolve('org/tiny')).rejects.toThrow('damaged')
  expect(await readdir(join(folder, 'cache', 'org--tiny'))).toEqual([])
})

test('a hub that cannot be reached says what to do', async () => {
  await expect(resolve('org/tiny', 'http://127.0.0.1:1')).rejects.toThrow('FORGE_HF_ENDPOINT')
})

test('a model behind a login is downloaded with the token of a connection', async () => {
  token = 'hub-token'
  await expect(resolve('org/tiny')).rejects.toThrow('hub_connection')
  expect(await resolve('org/tiny', undefined, 'hub-token')).toMatchObject({ architecture: 'LlamaForCausalLM' })
})
