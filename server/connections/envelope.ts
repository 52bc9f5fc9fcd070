import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ForgeError } from '../contract/errors'
import type { SecretKey } from './secret-keys'

const version = 'v1'
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Encrypts `plain` for one row: `v1.<key id>.<nonce>.<bytes>.<tag>`, base64url. */
export const seal = (plain: string, rowId: string, key: SecretKey): string => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes })
  // bound to its row: a sealed secret that is copied into another one does not open there
  cipher.setAAD(Buffer.from(rowId))
  const bytes = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return [version, key.id, ...[nonce, bytes, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.')
}

/** Whether a stored secret is one that `seal` made. */
export const isSealed = (stored: string): boolean => stored.startsWith(`${version}.`)

/** The id of the key that a sealed secret needs. */
export const keyIdOf = (sealed: string): string => sealed.split('.')[1] ?? ''

/** Decrypts what `seal` made. Throws ForgeError `secret_unreadable`, naming the missing key or the damage. */
export const unseal = (sealed: string, rowId: string, findKey: (id: string) => SecretKey | undefined): string => {
  const unreadable = (reason: string, cause?: unknown): ForgeError =>
    new ForgeError('secret_unreadable', { id: rowId, reason }, { cause })
  const [form, keyId = '', ...parts] = sealed.split('.')
  const [nonce, bytes, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
  if (form !== version || parts.length !== 3 || nonce === undefined || bytes === undefined || tag === undefined)
    throw unreadable('they are not in a form that this version knows')
  const key = findKey(keyId)
  if (!key) throw unreadable(`they were stored with the key ${keyId}, which this server does not have`)
  try {
    const decipher = createDecipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(rowId))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes), decipher.final()]).toString('utf8')
  } catch (error) {
    throw unreadable('the stored bytes were changed', error)
  }
}
