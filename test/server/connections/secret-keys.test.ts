import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureSecretKeyFile, openSecretKeys, parseSecretKey } from '../../../server/connections/secret-keys'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-key-'))
})
afterEach(() => rm(folder, { recursive: true }))

const open = (given?: Buffer, previous?: Buffer) => openSecretKeys({ dataDir: folder, given, previous })
const missing = expect.objectContaining({
  code: 'secret_key_missing',
  hint: expect.stringContaining('openssl rand'),
}) as unknown as Error
const text = () => readFile(join(folder, 'secret.key'), 'utf8')

test('a key is generated once, for its owner alone', async () => {
  ensureSecretKeyFile(folder)
  const first = await text()
  ensureSecretKeyFile(folder)

  expect(await text()).toBe(first)
  expect((await stat(join(folder, 'secret.key'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['secret.key'])
  expect(open().current().bytes).toHaveLength(32)
})

test('without a key only its use fails, and says how to make one', () => {
  expect(() => open().current()).toThrow(missing)
  expect(() => open(undefined, Buffer.alloc(32)).current()).toThrow(missing)
})

test('a key of the settings wins over the file, and the one before is still found', () => {
  ensureSecretKeyFile(folder)
  const generated = open().current()
  const keys = open(Buffer.alloc(32, 1), Buffer.alloc(32, 2))

  expect(keys.current().id).not.toBe(generated.id)
  expect(keys.find(open(Buffer.alloc(32, 2)).current().id)?.bytes).toEqual(Buffer.alloc(32, 2))
})

test('a generated key gets a successor; the old one stays, in the file too, until nothing needs it', async () => {
  ensureSecretKeyFile(folder)
  const keys = open()
  const old = keys.current()
  keys.renew()

  expect(keys.current().id).not.toBe(old.id)
  keys.keepOnly(new Set([old.id]))
  expect(open().find(old.id)?.bytes).toEqual(old.bytes)
  keys.keepOnly(new Set())
  expect(open().find(old.id)).toBeUndefined()
  expect((await text()).trimEnd().split('\n')).toEqual([keys.current().bytes.toString('base64')])
})

test('a key is 32 bytes in base64 or hex, and nothing else', () => {
  expect(parseSecretKey('ab'.repeat(32))).toHaveLength(32)
  expect(parseSecretKey(Buffer.alloc(32, 7).toString('base64'))).toHaveLength(32)
  for (const wrong of ['short', 'ab'.repeat(31), Buffer.alloc(16).toString('base64'), 'not a key'])
    expect(parseSecretKey(wrong)).toBeNull()
})
