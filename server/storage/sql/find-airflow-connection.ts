import { ForgeError } from '../../contract/errors'
import type { Tx } from '../database'
import { findConnection, type ConnectionRow } from './find-connection'

/**
 * The Airflow that a call means: the one named, or the only one of the project. Throws ForgeError
 * `connection_not_found`, `airflow_connection_missing`, or `invalid_request` where the name is of another type, or none
 * is given and there are several.
 */
export const findAirflowConnection = async (
  tx: Tx,
  projectId: string,
  idOrName: string | null,
): Promise<ConnectionRow> => {
  const refuse = (detail: string): ForgeError =>
    new ForgeError('invalid_request', { detail: `connection: ${detail}.` }, { param: 'connection' })
  if (idOrName !== null) {
    const named = await findConnection(tx, idOrName, projectId)
    if (named.type !== 'airflow') throw refuse(`"${idOrName}" is of type ${named.type}, not airflow`)
    return named
  }
  const [only, ...others] = await tx
    .selectFrom('app.connection')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('type', '=', 'airflow')
    .orderBy('name')
    .execute()
  if (only === undefined) throw new ForgeError('airflow_connection_missing')
  if (others.length > 0)
    throw refuse(`name one, there are several: ${[only, ...others].map(({ name }) => name).join(', ')}`)
  return only
}
