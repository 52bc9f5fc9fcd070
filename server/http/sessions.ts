import { sql } from 'kysely'
import type { Scope } from '../contract/api-keys'
import type { Session } from '../contract/sessions'
import type { Db } from '../storage/database'
import { hashKey, newSessionSecret, newSignInSecret } from './api-key'

export interface Opened {
  secret: string
  session: Session
}

/** The secret of a link that signs one browser in, once, as this key. */
export const makeSignInLink = async (
  db: Db,
  apiKeyId: string,
  seconds: number,
): Promise<{ secret: string; expiresAt: Date }> => {
  const secret = newSignInSecret()
  const { expires_at: expiresAt } = await db
    .insertInto('app.sign_in_link')
    .values({
      hash: hashKey(secret),
      api_key_id: apiKeyId,
      expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`,
    })
    .returning('expires_at')
    .executeTakeFirstOrThrow()
  return { secret, expiresAt }
}

/** Takes a link: of two browsers that come with the same one, one gets in. Null: used, run out, or its key is revoked. */
export const openByLink = (db: Db, secret: string): Promise<Opened | null> =>
  db.transaction().execute(async (tx) => {
    const link = await tx
      .deleteFrom('app.sign_in_link')
      .where('hash', '=', hashKey(secret))
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .returning('api_key_id')
      .executeTakeFirst()
    return link === undefined ? null : await open(tx, link.api_key_id)
  })

/** Null: there is no such key, or it is revoked. */
export const openByKey = async (db: Db, key: string): Promise<Opened | null> => {
  const row = await db.selectFrom('app.api_key').select('id').where('hash', '=', hashKey(key)).executeTakeFirst()
  return row === undefined ? null : await open(db, row.id)
}

const open = async (db: Db, apiKeyId: string): Promise<Opened | null> => {
  const secret = newSessionSecret()
  await db
    .insertInto('app.session')
    .values({
      hash: hashKey(secret),
      api_key_id: apiKeyId,
      expires_at: sql<Date>`clock_timestamp() + interval '7 days'`,
    })
    .execute()
  const session = await findSession(db, secret)
  return session === null ? null : { secret, session }
}

/**
 * The session of a secret, and moves its end on: a week without use ends it, and thirty days in any case. Null: signed out, run out, or its key is
 * revoked.
 */
export const findSession = async (db: Db, secret: string): Promise<Session | null> => {
  const row = await db
    .updateTable('app.session')
    .from('app.api_key')
    .innerJoin('app.project', 'app.project.id', 'app.api_key.project_id')
    .set({
      expires_at: sql<Date>`least(clock_timestamp() + interval '7 days', app.session.created_at + interval '30 days')`,
    })
    .where('app.session.hash', '=', hashKey(secret))
    .where('app.session.expires_at', '>', sql<Date>`clock_timestamp()`)
    .whereRef('app.api_key.id', '=', 'app.session.api_key_id')
    .where('app.api_key.revoked_at', 'is', null)
    .returning([
      'app.session.expires_at',
      'app.api_key.id',
      'app.api_key.name',
      'app.api_key.scopes',
      'app.project.id as project_id',
      'app.project.name as project_name',
    ])
    .executeTakeFirst()
  if (row === undefined) return null
  const scopes: Scope[] = row.scopes
  return {
    object: 'session',
    api_key: { id: row.id, name: row.name, scopes },
    project: { id: row.project_id, name: row.project_name },
    expires_at: row.expires_at.toISOString(),
  }
}

/** Ends a session now; one that is over already is no mistake. */
export const endSession = async (db: Db, secret: string): Promise<void> => {
  await db.deleteFrom('app.session').where('hash', '=', hashKey(secret)).execute()
}

/** Deletes links and sessions that have run out. */
export const forgetSessions = async (db: Db): Promise<void> => {
  for (const table of ['app.session', 'app.sign_in_link'] as const)
    await db
      .deleteFrom(table)
      .where('expires_at', '<', sql<Date>`clock_timestamp()`)
      .execute()
}
