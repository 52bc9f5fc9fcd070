import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import { Pool, types } from 'pg'
import type { Tables } from './tables'

export type Db = Kysely<Tables>
/** A transaction, or the database where a single statement needs none. */
export type Tx = Transaction<Tables> | Db

// Counts, sizes and event ids stay far below 2^53; as strings they would compare wrongly.
types.setTypeParser(types.builtins.INT8, Number)

export interface Database {
  db: Db
  pool: Pool
  close: () => Promise<void>
}

/** Opens the app's own pool; the broker has another, so that neither starves the other. */
export const openDatabase = (
  url: string,
  { max = 12, onError = () => undefined }: { max?: number; onError?: (error: Error) => void } = {},
): Database => {
  const pool = new Pool({ connectionString: url, max, keepAlive: true, application_name: 'forge' })
  // A lost idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', onError)
  // Nor may the loss of one that is in use end it: whoever uses it hears of the loss by the query.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, close: () => db.destroy() }
}
