import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { read } from '../../api/query'
import { paths } from '../../paths'
import type { LineageFacts } from './lineage'

/**
 * The dataset that a version belongs to; null while it is not known. The API has no call from a version to its dataset:
 * most versions are the newest of one, and for the others the versions of those that have several are looked through.
 */
export const useDatasetOf = (versionId: string | null): LineageFacts['dataset'] => {
  const { data } = useQuery({ ...read('listDatasets', { query: { limit: 100 } }), enabled: versionId !== null })
  const datasets = data?.data ?? []
  const newest = datasets.find(({ latest_version }) => latest_version?.id === versionId)
  const others =
    newest === undefined && versionId !== null
      ? datasets.filter(({ latest_version }) => (latest_version?.version ?? 0) > 1)
      : []
  const versions = useQueries({
    queries: others.map(({ id }) => read('listDatasetVersions', { params: { id }, query: { limit: 100 } })),
  })
  if (newest?.latest_version) return { id: newest.id, name: newest.name, version: newest.latest_version.version }
  for (const [place, { id, name }] of others.entries()) {
    const found = versions[place]?.data?.data.find((version) => version.id === versionId)
    if (found) return { id, name, version: found.version }
  }
  return null
}

/** The name and number of a dataset's version, which leads to the dataset. */
export const DatasetLink = ({ versionId }: { versionId: string }) => {
  const dataset = useDatasetOf(versionId)
  return dataset === null ? (
    <span className="mono">{versionId}</span>
  ) : (
    <Link to={paths.dataset(dataset.id)}>
      {dataset.name} v{dataset.version}
    </Link>
  )
}
