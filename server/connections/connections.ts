import { z } from 'zod'
import {
  connectionShapes,
  type Connection,
  type CreateConnection,
  type LeasedConnection,
  type updateConnection,
} from '../contract/connections'
import { ForgeError } from '../contract/errors'
import type { Db, Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { findConnection, type ConnectionRow } from '../storage/sql/find-connection'
import { seal, unseal } from './envelope'
import { holdKey } from './rotate-key'
import type { SecretKeys } from './secret-keys'

/** What decides where the secrets of a type are sent. */
const destination = ['endpoint', 'host', 'port', 'tls', 'base_url', 'verify_tls', 'ca_pem'] as const

/** A connection as it is shown. */
export const viewConnection = (row: ConnectionRow): Connection =>
  ({
    id: row.id,
    object: 'connection',
    name: row.name,
    type: row.type,
    settings: row.settings,
    has_secret: true,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }) as unknown as Connection // the columns hold what the shapes of its type let in

/** PostgreSQL's code for a unique index that was hit. */
const isTaken = (error: unknown): boolean => (error as { code?: unknown }).code === '23505'
const refuseTaken = (name: string) => (error: unknown) => {
  throw isTaken(error) ? new ForgeError('name_taken', { name, by: 'another connection' }, { param: 'name' }) : error
}

/** Checks a part of a changed connection. Throws `invalid_request` naming the key, never the value. */
const checked = (schema: z.ZodType, value: unknown, part: 'settings' | 'secrets'): unknown => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const param = [part, ...(issue?.path ?? [])].join('.')
  throw new ForgeError('invalid_request', { detail: `${param}: ${issue?.message ?? 'is not valid'}.` }, { param })
}

/** Stores a connection, its secrets sealed. Throws `name_taken`, `secret_key_missing`. */
export const createConnection = async (
  db: Db,
  keys: SecretKeys,
  projectId: string,
  { name, type, settings, secrets }: CreateConnection,
): Promise<Connection> => {
  const id = newId('connection')
  const row = await db
    .transaction()
    .execute(async (tx) => {
      await holdKey(tx)
      return await tx
        .insertInto('app.connection')
        .values({
          id,
          project_id: projectId,
          name,
          type,
          settings: JSON.stringify(settings),
          secrets: seal(JSON.stringify(secrets), id, keys.current()),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    .catch(refuseTaken(name))
  return viewConnection(row)
}

/**
 * Changes a connection. Who may change settings does not know the secrets, so these must be given again when they
 * would be sent somewhere else. Throws `connection_not_found`, `invalid_request`, `name_taken`, `secret_key_missing`.
 */
export const changeConnection = async (
  db: Db,
  keys: SecretKeys,
  projectId: string,
  idOrName: string,
  change: z.output<typeof updateConnection>,
): Promise<Connection> => {
  const row = await db
    .transaction()
    .execute(async (tx) => {
      const before = await findConnection(tx, idOrName, projectId)
      const shape = connectionShapes[before.type]
      const settings = checked(shape.settings, { ...before.settings, ...change.settings }, 'settings') as Record<
        string,
        unknown
      >
      const moved = destination.find((key) => settings[key] !== before.settings[key])
      if (moved !== undefined && change.secrets === undefined)
        throw new ForgeError(
          'invalid_request',
          { detail: `secrets: give them again, because settings.${moved} changes where they are sent.` },
          { param: 'secrets' },
        )
      await holdKey(tx)
      const secrets =
        change.secrets === undefined
          ? {}
          : {
              secrets: seal(
                JSON.stringify(checked(shape.secrets, change.secrets, 'secrets')),
                before.id,
                keys.current(),
              ),
            }
      return await tx
        .updateTable('app.connection')
        .where('id', '=', before.id)
        .set({
          name: change.name ?? before.name,
          settings: JSON.stringify(settings),
          updated_at: new Date(),
          ...secrets,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
    })
    .catch(refuseTaken(change.name ?? idOrName))
  return viewConnection(row)
}

/** A connection with its secrets, for a lease or a probe. Throws `connection_not_found`, `secret_unreadable`. */
export const openConnection = async (
  tx: Tx,
  keys: SecretKeys,
  projectId: string,
  idOrName: string,
): Promise<LeasedConnection> => {
  const { id, type, settings, secrets } = await findConnection(tx, idOrName, projectId)
  return { type, settings, secrets: JSON.parse(unseal(secrets, id, keys.find)) as unknown } as LeasedConnection
}
