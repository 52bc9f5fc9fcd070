import type { Selectable } from 'kysely'
import { ForgeError } from '../../contract/errors'
import type { Tx } from '../database'
import type { Tables } from '../tables'

export type DatasetRow = Selectable<Tables['app.dataset']>
export type DatasetVersionRow = Selectable<Tables['app.dataset_version']>

/** A dataset by id or name. */
export const findDataset = async (tx: Tx, idOrName: string, projectId: string): Promise<DatasetRow> => {
  const row = await tx
    .selectFrom('app.dataset')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .executeTakeFirst()
  if (!row) throw new ForgeError('dataset_not_found', { id: idOrName })
  return row
}

/** A version by its own id, or the newest one of a dataset given by id or name. Deleted datasets have none. */
export const findVersion = async (tx: Tx, id: string, projectId: string): Promise<DatasetVersionRow> => {
  const row = await tx
    .selectFrom('app.dataset_version')
    .innerJoin('app.dataset', 'app.dataset.id', 'app.dataset_version.dataset_id')
    .selectAll('app.dataset_version')
    .where('app.dataset.project_id', '=', projectId)
    .where('app.dataset.deleted_at', 'is', null)
    .where((eb) =>
      eb.or([eb('app.dataset_version.id', '=', id), eb('app.dataset.id', '=', id), eb('app.dataset.name', '=', id)]),
    )
    .orderBy('version', 'desc')
    .executeTakeFirst()
  if (!row) throw new ForgeError('dataset_not_found', { id })
  return row
}
