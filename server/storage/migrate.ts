import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'

const lock = 8_470_001

/**
 * Brings the database up to date: the broker's migrations first, then `migrations/NNNN-<what>.sql` in order, each in
 * a transaction of its own. An advisory lock lets several servers start at once.
 */
export const migrate = async (url: string, brokerMigrations: (client: Client) => Promise<void>): Promise<string[]> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lock])
    await brokerMigrations(client)
    await client.query('create schema if not exists app')
    await client.query(
      'create table if not exists app.migration (name text primary key, applied_at timestamptz not null default now())',
    )
    const known = new Set(
      (await client.query<{ name: string }>('select name from app.migration')).rows.map((row) => row.name),
    )
    const folder = join(__dirname, 'migrations')
    const pending = readdirSync(folder)
      .filter((name) => name.endsWith('.sql') && !known.has(name))
      .sort()
    for (const name of pending) {
      await client.query('begin')
      try {
        await client.query(readFileSync(join(folder, name), 'utf8'))
        await client.query('insert into app.migration (name) values ($1)', [name])
        await client.query('commit')
      } catch (cause) {
        await client.query('rollback')
        throw new Error(`Migration ${name} failed; the database is as it was before it.`, { cause })
      }
    }
    return pending
  } finally {
    await client.end()
  }
}
