import type { Dataset, DatasetVersion } from '../../../contract/datasets'
import { ApiError, call } from '../../api/client'

export interface FoundVersion {
  dataset: Dataset
  version: DatasetVersion
}
type Call = typeof call

/** The version of a dataset by its own id; null where it has none of it. Goes through the pages of its versions. */
const amongVersions = async (dataset: Dataset, versionId: string, api: Call): Promise<FoundVersion | null> => {
  if (dataset.latest_version?.id === versionId) return { dataset, version: dataset.latest_version }
  let after: string | undefined
  for (;;) {
    const query = after === undefined ? { limit: 100 } : { limit: 100, after }
    const { data, has_more } = await api('listDatasetVersions', { params: { id: dataset.id }, query })
    const version = data.find(({ id }) => id === versionId)
    if (version !== undefined) return { dataset, version }
    if (!has_more) return null
    after = data.at(-1)?.id
  }
}

/**
 * A version with its dataset, by the version's id alone: the API has no call for it. Where the dataset is not said, all
 * of them are looked through, the newest versions first, since it mostly is one of those.
 */
export const findVersion = async (
  versionId: string,
  datasetId: string | null,
  api: Call = call,
): Promise<FoundVersion> => {
  if (datasetId !== null) {
    const found = await amongVersions(await api('getDataset', { params: { id: datasetId } }), versionId, api)
    if (found !== null) return found
  }
  const older: Dataset[] = []
  let after: string | undefined
  for (;;) {
    const query = after === undefined ? { limit: 100 } : { limit: 100, after }
    const { data, has_more } = await api('listDatasets', { query })
    for (const dataset of data) {
      if (dataset.latest_version?.id === versionId) return { dataset, version: dataset.latest_version }
      if ((dataset.latest_version?.version ?? 0) > 1) older.push(dataset)
    }
    if (!has_more) break
    after = data.at(-1)?.id
  }
  for (const dataset of older) {
    const found = await amongVersions(dataset, versionId, api)
    if (found !== null) return found
  }
  throw new ApiError('dataset_not_found', {
    message: `There is no dataset version "${versionId}" in this project.`,
    hint: 'It may have been deleted.',
  })
}
