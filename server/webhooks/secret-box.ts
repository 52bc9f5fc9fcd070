import type { Tx } from '../storage/database'

/** Keeps secrets that Forge itself must read again. */
export interface SecretBox {
  /**
   * What to store for `plain` in the row with this id, in the transaction that stores it: until it ends no key is given
   * up. Where the server has no secret key that is `plain` itself; the next start with a key seals it.
   */
  seal(tx: Tx, plain: string, rowId: string): Promise<string>
  /** What `seal` was given; also of a row that was stored plain. Throws ForgeError `secret_unreadable`. */
  open(stored: string, rowId: string): string
}
