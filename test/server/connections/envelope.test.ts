import { randomBytes } from 'node:crypto'
import { keyIdOf, seal, unseal } from '../../../server/connections/envelope'
import type { SecretKey } from '../../../server/connections/secret-keys'

const key: SecretKey = { id: 'k1', bytes: randomBytes(32) }
const find = (id: string): SecretKey | undefined => (id === key.id ? key : undefined)
const unreadable = expect.objectContaining({ code: 'secret_unreadable' }) as unknown as Error

test('what was sealed for a connection opens there, and two seals of one text differ', () => {
  const sealed = seal('pass/wörd', 'conn_1', key)

  expect(unseal(sealed, 'conn_1', find)).toBe('pass/wörd')
  expect(sealed).not.toBe(seal('pass/wörd', 'conn_1', key))
  expect(sealed).not.toContain('pass')
  expect(keyIdOf(sealed)).toBe('k1')
})

test('a seal that was moved to another connection does not open', () => {
  expect(() => unseal(seal('x', 'conn_1', key), 'conn_2', find)).toThrow(unreadable)
})

test.each(['nonce', 'bytes', 'tag'])('a seal whose %s was changed does not open', (part) => {
  const parts = seal('secret', 'conn_1', key).split('.')
  const place = { nonce: 2, bytes: 3, tag: 4 }[part] ?? 0
  const changed = Buffer.from(parts[place] ?? '', 'base64url')
  changed[0] = (changed[0] ?? 0) ^ 1
  parts[place] = changed.toString('base64url')
  expect(() => unseal(parts.join('.'), 'conn_1', find)).toThrow(unreadable)
})

test('a tag that was shortened does not open, so that it cannot be guessed', () => {
  const parts = seal('secret', 'conn_1', key).split('.')
  parts[4] = Buffer.from(parts[4] ?? '', 'base64url')
    .subarray(0, 4)
    .toString('base64url')
  expect(() => unseal(parts.join('.'), 'conn_1', find)).toThrow(unreadable)
})

test('a key that is not there is named', () => {
  expect(() => unseal(seal('x', 'conn_1', key), 'conn_1', () => undefined)).toThrow('the key k1')
  expect(() => unseal('v9.k1.a.b.c', 'conn_1', find)).toThrow(unreadable)
})
