import { createHmac, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ForgeError } from '../contract/errors'

const keyBytes = 32

export interface SecretKey {
  /** Recognises the key without telling it: the first 16 hex digits of an HMAC. */
  id: string
  bytes: Buffer
}

export interface SecretKeys {
  /** The key that new secrets are sealed with. Throws ForgeError `secret_key_missing`. */
  current(): SecretKey
  /** A key by its id, an earlier one too. */
  find(id: string): SecretKey | undefined
  /** Begins a rotation: a generated key gets a successor; one from the settings has been exchanged there already. */
  renew(): void
  /** Ends a rotation: generated keys that nothing is sealed with any more are forgotten. The current one never is. */
  keepOnly(ids: ReadonlySet<string>): void
}

/** 32 bytes as base64 or as 64 hex digits, or null. */
export const parseSecretKey = (text: string): Buffer | null => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  const bytes = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)
  return bytes.length === keyBytes ? bytes : null
}

const toKey = (bytes: Buffer): SecretKey => ({
  id: createHmac('sha256', bytes).update('forge secret key id').digest('hex').slice(0, 16),
  bytes,
})

/** The file of generated keys, mode 0600: one a line in base64, the current one first. */
export const secretKeyPath = (dataDir: string): string => join(dataDir, 'secret.key')

const readKeys = (path: string): SecretKey[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const bytes = parseSecretKey(line.trim())
      if (bytes === null) throw new Error(`${path} holds a line that is no key of ${keyBytes} bytes in base64.`)
      return toKey(bytes)
    })

/** A crash leaves the old file or the new one, never half of one: without it all secrets are lost. */
const writeKeys = (path: string, keys: readonly SecretKey[]): void => {
  const draft = `${path}.${randomBytes(6).toString('hex')}.partial`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, keys.map(({ bytes }) => `${bytes.toString('base64')}\n`).join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
}

/** Generates `secret.key` unless it is there: for `forge start` with its own PostgreSQL. */
export const ensureSecretKeyFile = (dataDir: string): void => {
  const path = secretKeyPath(dataDir)
  if (existsSync(path)) return
  mkdirSync(dataDir, { recursive: true })
  writeKeys(path, [toKey(randomBytes(keyBytes))])
}

/** The key that new secrets are sealed with; null where the server has none. */
export const currentOrNone = (keys: SecretKeys): SecretKey | null => {
  try {
    return keys.current()
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'secret_key_missing') return null
    throw error
  }
}

/** The keys from the settings, else those of `secret.key`; without both, only using one fails. */
export const openSecretKeys = ({
  dataDir,
  given,
  previous,
}: {
  dataDir: string
  given: Buffer | undefined
  previous: Buffer | undefined
}): SecretKeys => {
  const path = secretKeyPath(dataDir)
  const inFile = given === undefined && existsSync(path)
  let keys = inFile ? readKeys(path) : [given, previous].filter((bytes) => bytes !== undefined).map(toKey)
  const current = (): SecretKey => {
    const [first] = keys
    if (first === undefined || (!inFile && given === undefined)) throw new ForgeError('secret_key_missing')
    return first
  }
  const save = (changed: SecretKey[]): void => {
    writeKeys(path, changed)
    keys = changed
  }
  return {
    current,
    find: (id) => keys.find((key) => key.id === id),
    renew: () => {
      if (inFile) save([toKey(randomBytes(keyBytes)), ...keys])
    },
    keepOnly: (ids) => {
      const kept = keys.filter((key, place) => place === 0 || ids.has(key.id))
      if (inFile && kept.length < keys.length) save(kept)
    },
  }
}
