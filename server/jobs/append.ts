import type { IngestInput } from '../contract/datasets'
import type { AppendedTo } from '../contract/ingest'
import type { Tx } from '../storage/database'
import type { JobRow } from './move-job'

/**
 * Ingests that append to one dataset share a concurrency key, so that they run one after the other: each begins with
 * what the one before it made, and none of their rows is lost. Null for every other job.
 */
export const appendKey = ({ kind, input }: Pick<JobRow, 'kind' | 'input'>): string | null => {
  if (kind !== 'ingest') return null
  const { append, name } = input as unknown as IngestInput
  return append ? `append/${name}` : null
}

/**
 * What an append begins with: the newest version at this moment, null where the name is new. It is looked up when the
 * job begins, not when it is asked for: others may append meanwhile.
 */
export const versionToAppendTo = async (tx: Tx, job: JobRow): Promise<AppendedTo | null> => {
  if (appendKey(job) === null) return null
  const { name } = job.input as unknown as IngestInput
  const newest = await tx
    .selectFrom('app.dataset_version as version')
    .innerJoin('app.dataset as dataset', 'dataset.id', 'version.dataset_id')
    .select(['version.id', 'version.version'])
    .where('dataset.project_id', '=', job.project_id)
    .where('dataset.name', '=', name)
    .where('dataset.deleted_at', 'is', null)
    .orderBy('version.version', 'desc')
    .executeTakeFirst()
  return newest ? { dataset_version_id: newest.id, version: newest.version } : null
}
