import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ConnectionType, LeasedConnectionOf } from '../../contract/connections'
import type { NetworkSource } from '../../contract/datasets'
import { ForgeError } from '../../contract/errors'
import type { Lease } from '../../contract/workers'
import type { FetchedSource } from '../../steps/handler'
import type { FetchOptions } from './fetch-context'
import { fetchS3 } from './fetch-s3'
import { fetchSql } from './fetch-sql'
import { fetchUrl } from './fetch-url'

/** What of a lease a fetch needs; the file goes into `folder`. */
interface Holder {
  connections: Lease['connections']
  folder: string
  signal: AbortSignal
}
export type FetchSource = (source: NetworkSource, holder: Holder) => Promise<FetchedSource>

/** The credentials that the lease brought for a source, of the type it needs. Throws ForgeError `connection_not_found`. */
const credentialsFor = <Type extends ConnectionType>(
  connections: Lease['connections'],
  id: string,
  type: Type,
): LeasedConnectionOf<Type> => {
  const connection = connections[id]
  if (connection?.type !== type) throw new ForgeError('connection_not_found', { id })
  return connection as LeasedConnectionOf<Type>
}

/** The worker's way to the network: every fetch passes the address check when it connects, and ends on disk. */
export const createFetchSource =
  (options: FetchOptions): FetchSource =>
  async (source, { connections, folder, signal }) => {
    const context = { ...options, signal, path: join(folder, `source-${randomUUID()}`) }
    switch (source.type) {
      case 'url':
        return await fetchUrl(
          source,
          source.connection === null ? null : credentialsFor(connections, source.connection, 'http'),
          context,
        )
      case 's3':
        return await fetchS3(source, credentialsFor(connections, source.connection, 's3'), context)
      case 'sql':
        return await fetchSql(source, credentialsFor(connections, source.connection, 'postgres'), context)
    }
  }
