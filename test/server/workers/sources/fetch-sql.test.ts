import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { parseAllowList } from '../../../../server/outgoing/address-check'
import { createFetchSource } from '../../../../server/workers/sources/fetch-source'
import { withDatabase, type TestDatabase } from '../../../support/database'

let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await withDatabase()
  folder = await mkdtemp(join(tmpdir(), 'forge-sql-'))
  await sql`create table public.product (sku text, price numeric(8,2), stock int, live bool, made date, tags jsonb)`.execute(
    database.db,
  )
  await sql`insert into public.product select 'p' || n, 19.90, n, n % 2 = 0, '2026-01-31', '["oak"]' from generate_series(1, 2500) n`.execute(
    database.db,
  )
}, 60_000)
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

interface Change {
  allow?: string
  port?: number
  password?: string
  max_rows?: number
  timeout_s?: number
  signal?: AbortSignal
}
const fetchSql = (query: string, change: Change = {}) => {
  const { hostname, port, pathname, username, password } = new URL(database.url)
  return createFetchSource({
    allow: parseAllowList(change.allow ?? '127.0.0.1/8,::1/128'),
    limitBytes: 10_000_000,
    firstPause_ms: 1,
  })(
    {
      type: 'sql',
      connection: 'conn_1',
      query,
      max_rows: change.max_rows ?? 10_000,
      timeout_s: change.timeout_s ?? 30,
    },
    {
      connections: {
        conn_1: {
          type: 'postgres',
          settings: {
            host: hostname,
            port: change.port ?? Number(port),
            database: pathname.slice(1),
            user: decodeURIComponent(username),
            tls: 'disable',
          },
          secrets: { password: decodeURIComponent(password) || 'none' },
        },
      },
      folder,
      signal: change.signal ?? new AbortController().signal,
    },
  )
}

test('the rows of a query become JSON lines, in the types that JSON has, and the rest as PostgreSQL writes it', async () => {
  const fetched = await fetchSql('select * from product order by stock;')
  const lines = (await readFile(fetched.path, 'utf8')).trimEnd().split('\n')

  expect(lines).toHaveLength(2500)
  expect(JSON.parse(lines[1] ?? '')).toEqual({
    sku: 'p2',
    price: '19.90',
    stock: 2,
    live: true,
    made: '2026-01-31',
    tags: ['oak'],
  })
  expect(fetched.location).toBe(`postgres://${new URL(database.url).host}${new URL(database.url).pathname}`)
})

test.each([
  ['deletes', 'delete from product returning sku'],
  ['deletes inside a WITH', 'with gone as (delete from product returning sku) select * from gone'],
  ['calls a function that writes', "select setval('app.job_event_id_seq', 9)"],
  ['ends the transaction and goes on', 'select 1; commit; delete from product'],
  ['puts a second statement behind a comment', 'select 1 /* */ ; drop table product --'],
  ['lifts the read-only rule', "select set_config('transaction_read_only', 'off', false)"],
])('a query that %s is refused, and changes nothing', async (_what, query) => {
  await expect(fetchSql(query)).rejects.toMatchObject({ code: 'source_refused' })
  const { rows } = await sql<{ n: number }>`select count(*) as n from public.product`.execute(database.db)
  expect(rows).toEqual([{ n: 2500 }])
})

test('more rows than allowed end it, and name the way out', async () => {
  await expect(fetchSql('select * from product', { max_rows: 2000 })).rejects.toMatchObject({
    code: 'source_too_large',
    message: expect.stringContaining('LIMIT'),
  })
})

test('two columns of one name are refused: one would hide the other', async () => {
  await expect(fetchSql('select sku, sku from product')).rejects.toMatchObject({ code: 'source_refused' })
})

test('a query that takes too long is ended', async () => {
  await expect(fetchSql('select pg_sleep(60)', { timeout_s: 1 })).rejects.toMatchObject({ code: 'source_refused' })
})

test('a cancelled job ends its query', async () => {
  const cancelled = new AbortController()
  const fetching = fetchSql('select pg_sleep(60)', { signal: cancelled.signal })
  // one that ended before fails below, with its reason, instead of being looked for for ever
  const ended = new AbortController()
  void fetching.catch(() => undefined).finally(() => ended.abort())
  const running = async (): Promise<boolean> =>
    (
      await sql`select 1 from pg_stat_activity where datname = current_database() and query like '%forge_source%' and pid <> pg_backend_pid()`.execute(
        database.db,
      )
    ).rows.length > 0
  while (!ended.signal.aborted && !(await running()));
  cancelled.abort(new Error('cancelled'))
  await expect(fetching).rejects.toThrow('cancelled')
})

test('a database that is not there is tried again, then named as unavailable', async () => {
  await expect(fetchSql('select 1', { port: 1 })).rejects.toMatchObject({ code: 'source_unavailable' })
})

test('a database at an address that is not listed is refused', async () => {
  await expect(fetchSql('select 1', { allow: '' })).rejects.toMatchObject({ code: 'address_refused' })
})
