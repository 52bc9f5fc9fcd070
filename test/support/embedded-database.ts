import { Client } from 'pg'
import { readAccess, urlOf } from '../../server/storage/embedded-postgres/access'

/**
 * Asks the embedded PostgreSQL of a running `forge start` directly: to count rows that no call of the API counts, and to
 * let what is due in minutes be due now. Throws where nothing runs on that data folder.
 */
export const queryEmbedded = async <Row extends object>(
  dataDir: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> => {
  const access = readAccess(dataDir)
  if (!access) throw new Error(`No embedded PostgreSQL runs on ${dataDir}.`)
  const client = new Client({ connectionString: urlOf(access) })
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}
