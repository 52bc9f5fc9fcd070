import { sql } from 'kysely'
import type { Db, Tx } from '../storage/database'
import { keyIdOf, seal, unseal } from './envelope'
import type { SecretKeys } from './secret-keys'

const lockName = 'connections/secret-key'

/** Until the transaction ends no rotation runs: what it seals with the current key is seen by the next one. */
export const holdKey = async (tx: Tx): Promise<void> => {
  await sql`select pg_advisory_xact_lock_shared(hashtextextended(${lockName}, 0))`.execute(tx)
}
const holdAlone = async (tx: Tx): Promise<void> => {
  await sql`select pg_advisory_xact_lock(hashtextextended(${lockName}, 0))`.execute(tx)
}

/**
 * Seals the secrets of all projects again with the newest key, all or none. Old keys are forgotten only in a second
 * step, when the first is committed and no row needs them: a crash in between loses nothing.
 * Throws ForgeError `secret_key_missing`, or `secret_unreadable` for a row whose key is not there.
 */
export const rotateKey = async (db: Db, keys: SecretKeys): Promise<{ key_id: string; connections: number }> => {
  const done = await db.transaction().execute(async (tx) => {
    await holdAlone(tx)
    keys.current()
    keys.renew()
    const current = keys.current()
    const rows = await tx.selectFrom('app.connection').select(['id', 'secrets']).forUpdate().execute()
    const old = rows.filter(({ secrets }) => keyIdOf(secrets) !== current.id)
    for (const { id, secrets } of old)
      await tx
        .updateTable('app.connection')
        .where('id', '=', id)
        .set({ secrets: seal(unseal(secrets, id, keys.find), id, current) })
        .execute()
    return { key_id: current.id, connections: old.length }
  })
  await db.transaction().execute(async (tx) => {
    await holdAlone(tx)
    const rows = await tx.selectFrom('app.connection').select('secrets').execute()
    keys.keepOnly(new Set(rows.map(({ secrets }) => keyIdOf(secrets))))
  })
  return done
}
