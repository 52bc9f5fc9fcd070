import type { SecretBox } from '../webhooks/secret-box'
import { isSealed, seal, unseal } from './envelope'
import { holdKey } from './rotate-key'
import { currentOrNone, type SecretKeys } from './secret-keys'

/** Seals with the newest secret key, where the server has one. */
export const secretBox = (keys: SecretKeys): SecretBox => ({
  async seal(tx, plain, rowId) {
    await holdKey(tx)
    const key = currentOrNone(keys)
    return key === null ? plain : seal(plain, rowId, key)
  },
  open: (stored, rowId) => (isSealed(stored) ? unseal(stored, rowId, keys.find) : stored),
})
