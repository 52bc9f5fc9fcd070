import type { Client, QueryConfig } from 'pg'
import { Readable } from 'node:stream'
import type { LeasedConnectionOf } from '../../contract/connections'
import type { NetworkSource } from '../../contract/datasets'
import { ForgeError } from '../../contract/errors'
import { postgresClient } from '../../outgoing/postgres'
import type { FetchedSource } from '../../steps/handler'
import type { FetchContext } from './fetch-context'
import { patiently } from './patiently'
import { saveStream } from './save-stream'

type SqlSource = Extract<NetworkSource, { type: 'sql' }>

const rowsPerFetch = 1000
/** SQLSTATE classes that a later try may not meet: connection, resources, operator's intervention. */
const passing = /^(?:08|53|57P)/

const columnsOf = (fields: readonly { name: string }[]): string[] => {
  const names = fields.map(({ name }) => name)
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice === undefined) return names
  throw new ForgeError('source_refused', {
    detail: `The query gives two columns named "${twice}"; name them apart with AS.`,
  })
}

/** The rows of the query as JSON lines, read by a cursor in one read-only snapshot. */
async function* jsonLines(client: Client, { query, max_rows, timeout_s }: SqlSource): AsyncGenerator<string> {
  await client.query('begin isolation level repeatable read read only')
  await client.query(`set local statement_timeout = ${timeout_s * 1000}`)
  // the extended protocol takes exactly one statement: nothing can be put behind the query that ends the transaction
  const declare: QueryConfig & { queryMode: 'extended' } = {
    text: `declare forge_source no scroll cursor for ${query.replace(/[\s;]+$/, '')}`,
    queryMode: 'extended',
  }
  await client.query(declare)
  for (let count = 0; ; ) {
    const page = await client.query<unknown[]>({ text: `fetch ${rowsPerFetch} from forge_source`, rowMode: 'array' })
    if (page.rows.length === 0) return
    count += page.rows.length
    if (count > max_rows)
      throw new ForgeError('source_too_large', {
        detail: `The query gives more than ${max_rows} rows. Add a LIMIT to it, or raise max_rows.`,
      })
    const names = columnsOf(page.fields)
    yield page.rows
      .map((row) => `${JSON.stringify(Object.fromEntries(names.map((name, place) => [name, row[place]])))}\n`)
      .join('')
  }
}

const refusal = (error: unknown): unknown => {
  const { code, message } = error as { code?: unknown; message?: string }
  if (error instanceof ForgeError || typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || passing.test(code))
    return error
  // Node's own codes (EPIPE) are words; a SQLSTATE has a digit in its class
  if (!/^[0-9A-Z]*\d/.test(code)) return error
  return new ForgeError(
    'source_refused',
    { detail: `PostgreSQL refuses the query: ${message ?? code}.` },
    { cause: error },
  )
}

/** Runs one read-only query and writes its rows to disk as JSON lines. The whole takes `timeout_s` at most. */
export const fetchSql = async (
  source: SqlSource,
  connection: LeasedConnectionOf<'postgres'>,
  { allow, limitBytes, path, signal, firstPause_ms }: FetchContext,
): Promise<FetchedSource> => {
  const { host, port, database } = connection.settings
  const location = `postgres://${host}:${port}/${database}`
  const read = async (): Promise<{ bytes: number; sha256: string }> => {
    const client = await postgresClient(connection, allow)
    const limit = AbortSignal.timeout(source.timeout_s * 1000)
    const ended = AbortSignal.any([signal, limit])
    // ends a query that is under way: else the stream would wait for its rows
    ended.addEventListener('abort', () => void client.end(), { once: true })
    try {
      await client.connect()
      return await saveStream(Readable.from(jsonLines(client, source), { objectMode: false }), {
        path,
        limitBytes,
        announcedBytes: null,
        stall_ms: null,
        signal: ended,
      })
    } catch (error) {
      if (limit.aborted && !signal.aborted)
        throw new ForgeError('source_refused', { detail: `The query took longer than ${source.timeout_s} s.` })
      throw refusal(error)
    } finally {
      await client.end()
    }
  }
  const saved = await patiently(location, read, { signal, firstPause_ms })
  return { path, filename: 'query.jsonl', location, ...saved }
}
