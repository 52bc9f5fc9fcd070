import { sql } from 'kysely'
import type { Db, Tx } from '../storage/database'
import { isSealed, keyIdOf, seal, unseal } from './envelope'
import { currentOrNone, type SecretKeys } from './secret-keys'

const lockName = 'connections/secret-key'

/** Until the transaction ends no rotation runs: what it seals with the current key is seen by the next one. */
export const holdKey = async (tx: Tx): Promise<void> => {
  await sql`select pg_advisory_xact_lock_shared(hashtextextended(${lockName}, 0))`.execute(tx)
}
const holdAlone = async (tx: Tx): Promise<void> => {
  await sql`select pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`.execute(tx)
}

/** Where secrets are stored: each is bound to the id of its row. */
const places = {
  'app.connection': 'secrets',
  'app.webhook_endpoint': 'secret',
  'app.project': 'signing_secret',
} as const
type Place = keyof typeof places

const secretsIn = async (tx: Tx, table: Place): Promise<{ id: string; secret: string }[]> =>
  (
    await sql<{ id: string; secret: string }>`select id, ${sql.ref(places[table])} as secret from ${sql.table(table)}
      where ${sql.ref(places[table])} is not null order by id for update`.execute(tx)
  ).rows

const store = async (tx: Tx, table: Place, id: string, secret: string): Promise<void> => {
  await sql`update ${sql.table(table)} set ${sql.ref(places[table])} = ${secret} where id = ${id}`.execute(tx)
}

/** Seals what is stored plain, or with an earlier key; the number of rows that this changed. */
const sealAll = async (tx: Tx, keys: SecretKeys, table: Place): Promise<number> => {
  const current = keys.current()
  const old = (await secretsIn(tx, table)).filter(({ secret }) => !isSealed(secret) || keyIdOf(secret) !== current.id)
  for (const { id, secret } of old) {
    const plain = isSealed(secret) ? unseal(secret, id, keys.find) : secret
    await store(tx, table, id, seal(plain, id, current))
  }
  return old.length
}

/**
 * Seals the secrets of all projects again with the newest key, all or none: those of connections, and those that sign what
 * Forge sends. Old keys are forgotten only in a second step, when the first is committed and no row needs them: a crash
 * in between loses nothing. Throws ForgeError `secret_key_missing`, or `secret_unreadable` for a row whose key is not there.
 */
export const rotateKey = async (
  db: Db,
  keys: SecretKeys,
): Promise<{ key_id: string; connections: number; signing_secrets: number }> => {
  const done = await db.transaction().execute(async (tx) => {
    await holdAlone(tx)
    keys.current()
    keys.renew()
    return {
      key_id: keys.current().id,
      connections: await sealAll(tx, keys, 'app.connection'),
      signing_secrets: (await sealAll(tx, keys, 'app.webhook_endpoint')) + (await sealAll(tx, keys, 'app.project')),
    }
  })
  await db.transaction().execute(async (tx) => {
    await holdAlone(tx)
    const needed = new Set<string>()
    for (const table of Object.keys(places) as Place[])
      for (const { secret } of await secretsIn(tx, table)) if (isSealed(secret)) needed.add(keyIdOf(secret))
    keys.keepOnly(needed)
  })
  return done
}

/**
 * Seals the signing secrets that an earlier version, or a server without a key, stored plain. Returns how many; none where
 * this server has no key either.
 */
export const sealPlainSecrets = (db: Db, keys: SecretKeys): Promise<number> =>
  db.transaction().execute(async (tx) => {
    await holdKey(tx)
    const current = currentOrNone(keys)
    let sealed = 0
    if (current === null) return sealed
    for (const table of ['app.webhook_endpoint', 'app.project'] as const)
      for (const { id, secret } of await secretsIn(tx, table)) {
        if (isSealed(secret)) continue
        await store(tx, table, id, seal(secret, id, current))
        sealed += 1
      }
    return sealed
  })
