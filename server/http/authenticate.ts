import type { FastifyRequest } from 'fastify'
import { ForgeError } from '../contract/errors'
import type { Scope } from '../contract/api-keys'
import type { Db } from '../storage/database'
import { newId } from '../storage/new-id'
import { hashKey } from './api-key'
import { checkOrigin, sessionSecret } from './session-cookie'
import { findSession } from './sessions'

export interface Caller {
  projectId: string
  keyId: string
  scopes: readonly Scope[]
}
export type Authenticate = (request: FastifyRequest, scope: Scope | null) => Promise<Caller>

const anyone: Caller = { projectId: '', keyId: '', scopes: [] }
const cacheMs = 5000

const callerOfKey = async (db: Db, key: string): Promise<Caller | null> => {
  const row = await db
    .updateTable('app.api_key')
    .set({ last_used_at: new Date() })
    .where('hash', '=', hashKey(key))
    .where('revoked_at', 'is', null)
    .returning(['id', 'project_id', 'scopes'])
    .executeTakeFirst()
  return row === undefined ? null : { projectId: row.project_id, keyId: row.id, scopes: row.scopes }
}
const callerOfSession = async (db: Db, secret: string): Promise<Caller | null> => {
  const session = await findSession(db, secret)
  return session && { projectId: session.project.id, keyId: session.api_key.id, scopes: session.api_key.scopes }
}

/**
 * Checks the bearer key, or else the session of a browser, and its scope. `admin` may do everything; a revoked key and a
 * session that was ended elsewhere are refused within 5 s.
 */
export const authenticator = (db: Db): Authenticate => {
  const known = new Map<string, { caller: Caller; until: number }>()
  const find = async (secret: string, ask: (db: Db, secret: string) => Promise<Caller | null>): Promise<Caller> => {
    const hash = hashKey(secret)
    const entry = known.get(hash)
    if (entry && entry.until >= Date.now()) return entry.caller
    const caller = await ask(db, secret)
    if (caller === null) {
      known.delete(hash)
      throw new ForgeError('not_authenticated')
    }
    known.set(hash, { caller, until: Date.now() + cacheMs })
    return caller
  }
  return async (request, scope) => {
    if (scope === null) return anyone
    const [, key] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    const session = key === undefined ? sessionSecret(request) : undefined
    if (session !== undefined) checkOrigin(request)
    if (key === undefined && session === undefined) throw new ForgeError('not_authenticated')
    const caller = await (key === undefined ? find(session ?? '', callerOfSession) : find(key, callerOfKey))
    if (!caller.scopes.includes(scope) && !caller.scopes.includes('admin'))
      throw new ForgeError('missing_scope', { scope })
    return caller
  }
}

/** The project that an installation begins with; its admins make the others. */
export const firstProject = 'proj_default'

/** Makes the first project and, once, the keys that the installation itself uses. Repeating it changes nothing. */
export const ensureKeys = async (
  db: Db,
  keys: readonly { name: string; key: string; scopes: Scope[] }[],
): Promise<void> => {
  await db
    .insertInto('app.project')
    .values({ id: firstProject, name: 'default' })
    .onConflict((on) => on.column('id').doNothing())
    .execute()
  for (const { name, key, scopes } of keys) {
    await db
      .insertInto('app.api_key')
      .values({ id: newId('apiKey'), project_id: firstProject, name, hash: hashKey(key), scopes })
      .onConflict((on) => on.column('hash').doNothing())
      .execute()
  }
}
