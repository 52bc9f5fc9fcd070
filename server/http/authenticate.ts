import { createHash, randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ForgeError } from '../contract/errors'
import type { Scope } from '../contract/api-keys'
import type { Db } from '../storage/database'
import { newId } from '../storage/new-id'

export interface Caller {
  projectId: string
  keyId: string
  scopes: readonly Scope[]
}
export type Authenticate = (request: FastifyRequest, scope: Scope | null) => Promise<Caller>

export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')
/** 256 random bits; `fk_` so that leaks can be searched for. */
export const newKey = (): string => `fk_${randomBytes(32).toString('base64url')}`

const anyone: Caller = { projectId: '', keyId: '', scopes: [] }
const cacheMs = 5000

/** Checks the bearer key and its scope. `admin` may do everything; a revoked key is refused within 5 s. */
export const authenticator = (db: Db): Authenticate => {
  const known = new Map<string, { caller: Caller; until: number }>()
  return async (request, scope) => {
    if (scope === null) return anyone
    const [, key] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (key === undefined) throw new ForgeError('not_authenticated')
    const hash = hashKey(key)
    let entry = known.get(hash)
    if (!entry || entry.until < Date.now()) {
      const row = await db
        .updateTable('app.api_key')
        .set({ last_used_at: new Date() })
        .where('hash', '=', hash)
        .where('revoked_at', 'is', null)
        .returning(['id', 'project_id', 'scopes'])
        .executeTakeFirst()
      if (!row) {
        known.delete(hash)
        throw new ForgeError('not_authenticated')
      }
      entry = { caller: { projectId: row.project_id, keyId: row.id, scopes: row.scopes }, until: Date.now() + cacheMs }
      known.set(hash, entry)
    }
    const { caller } = entry
    if (!caller.scopes.includes(scope) && !caller.scopes.includes('admin'))
      throw new ForgeError('missing_scope', { scope })
    return caller
  }
}

/** Makes the default project and, once, the keys that the installation itself uses. Repeating it changes nothing. */
export const ensureKeys = async (
  db: Db,
  keys: readonly { name: string; key: string; scopes: Scope[] }[],
): Promise<void> => {
  await db
    .insertInto('app.project')
    .values({ id: 'proj_default', name: 'default' })
    .onConflict((on) => on.column('id').doNothing())
    .execute()
  for (const { name, key, scopes } of keys) {
    await db
      .insertInto('app.api_key')
      .values({ id: newId('apiKey'), project_id: 'proj_default', name, hash: hashKey(key), scopes })
      .onConflict((on) => on.column('hash').doNothing())
      .execute()
  }
}
