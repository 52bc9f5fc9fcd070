import { isIP } from 'node:net'
import { Client, types } from 'pg'
import type { LeasedConnectionOf } from '../contract/connections'
import { resolveChecked, type AllowList } from './address-check'

const { INT2, INT4, INT8, FLOAT4, FLOAT8, BOOL, JSON: json, JSONB } = types.builtins
const booleans: ReadonlySet<number> = new Set([BOOL])
const documents: ReadonlySet<number> = new Set([json, JSONB])
const numbers: ReadonlySet<number> = new Set([INT2, INT4, INT8, FLOAT4, FLOAT8])

/** Values as JSON can hold them without loss: dates and decimals stay the text that PostgreSQL writes. */
const toJsonValue =
  (oid: number) =>
  (text: string): unknown => {
    if (booleans.has(oid)) return text === 't'
    if (documents.has(oid)) return JSON.parse(text) as unknown
    if (!numbers.has(oid)) return text
    const number = Number(text)
    // NaN, Infinity and integers beyond 2^53 stay text
    return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number)) ? number : text
  }

/** A client for the database of a connection, at an address that passed the check. Not connected yet. */
export const postgresClient = async (
  { settings: { host, port, database, user, tls }, secrets: { password } }: LeasedConnectionOf<'postgres'>,
  allow: AllowList,
  { connectTimeout_ms = 15_000, queryTimeout_ms }: { connectTimeout_ms?: number; queryTimeout_ms?: number } = {},
): Promise<Client> => {
  const { address } = await resolveChecked(allow, host, port)
  const client = new Client({
    // the address that was checked; the certificate is still the name's
    host: address,
    port,
    database,
    user,
    password,
    ssl:
      tls === 'disable'
        ? false
        : { ...(isIP(host) === 0 ? { servername: host } : { host }), rejectUnauthorized: tls === 'verify-full' },
    connectionTimeoutMillis: connectTimeout_ms,
    ...(queryTimeout_ms === undefined ? {} : { query_timeout: queryTimeout_ms }),
    application_name: 'forge',
    types: { getTypeParser: toJsonValue as never },
  })
  // a connection that breaks is told by the query; without a listener it would end the process
  client.on('error', () => undefined)
  return client
}
