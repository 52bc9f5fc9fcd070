import { ForgeError } from '../../contract/errors'
import type { Db } from '../../storage/database'

/** What is to be erased: its id, the ids that a job may know it by, and its bytes. */
export interface Erasable {
  kind: 'file' | 'dataset'
  id: string
  projectId: string
  /** the file's id, or those of the dataset's versions */
  ids: readonly string[]
  sha256s: readonly string[]
}

/** A file, also a deleted one. Throws `file_not_found`. */
export const erasableFile = async (db: Db, id: string, projectId: string): Promise<Erasable> => {
  const row = await db
    .selectFrom('app.file')
    .select('sha256')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  if (!row) throw new ForgeError('file_not_found', { id })
  return { kind: 'file', id, projectId, ids: [id], sha256s: [row.sha256] }
}

/**
 * A dataset by its id, also a deleted one, or by its name: all its versions, and the items of evaluations on them,
 * which quote its rows. Throws `dataset_not_found`.
 */
export const erasableDataset = async (db: Db, idOrName: string, projectId: string): Promise<Erasable> => {
  const dataset = await db
    .selectFrom('app.dataset')
    .select('id')
    .where('project_id', '=', projectId)
    .where((eb) => eb.or([eb('id', '=', idOrName), eb.and([eb('name', '=', idOrName), eb('deleted_at', 'is', null)])]))
    .executeTakeFirst()
  if (!dataset) throw new ForgeError('dataset_not_found', { id: idOrName })
  const versions = await db
    .selectFrom('app.dataset_version')
    .select(['id', 'sha256', 'validation_sha256'])
    .where('dataset_id', '=', dataset.id)
    .execute()
  const judged = await db
    .selectFrom('app.evaluation')
    .innerJoin('app.dataset_version', 'app.dataset_version.id', 'app.evaluation.dataset_version_id')
    .select('items_sha256')
    .where('app.dataset_version.dataset_id', '=', dataset.id)
    .execute()
  const ofVersions = versions.flatMap((row) => [row.sha256, row.validation_sha256]).filter((hash) => hash !== null)
  return {
    kind: 'dataset',
    id: dataset.id,
    projectId,
    ids: versions.map(({ id }) => id),
    sha256s: [...ofVersions, ...judged.map(({ items_sha256 }) => items_sha256)],
  }
}
