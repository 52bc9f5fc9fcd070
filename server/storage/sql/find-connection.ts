import type { Selectable } from 'kysely'
import { ForgeError } from '../../contract/errors'
import type { Tx } from '../database'
import type { Tables } from '../tables'

export type ConnectionRow = Selectable<Tables['app.connection']>

/** A connection of a project by id or name; its secrets are sealed. Throws ForgeError `connection_not_found`. */
export const findConnection = async (tx: Tx, idOrName: string, projectId: string): Promise<ConnectionRow> => {
  const row = await tx
    .selectFrom('app.connection')
    .selectAll()
    .where('project_id', '=', projectId)
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .executeTakeFirst()
  if (!row) throw new ForgeError('connection_not_found', { id: idOrName })
  return row
}
