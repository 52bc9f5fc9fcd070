import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router'
import type { Dataset, DatasetVersion } from '../../../contract/datasets'
import { read, readPages } from '../../api/query'
import { paths } from '../../paths'
import { useMay } from '../../session'
import { Button } from '../../ui/button'
import { Card, Page } from '../../ui/page'
import { Empty, ErrorNote, Loaded, Loading } from '../../ui/states'
import { newRunPath } from '../new-run/address'
import { Compare } from './compare'
import { DeleteDataset } from './delete-dataset'
import { ModelsMade } from './models-made'
import { Preview } from './preview'
import { Report } from './report'
import { Versions } from './versions'

const Detail = ({ dataset, versions }: { dataset: Dataset; versions: readonly DatasetVersion[] }) => {
  const { t } = useTranslation()
  const mayWrite = useMay('write')
  const [search, setSearch] = useSearchParams()
  const numbered = (name: string) => versions.find(({ version }) => String(version) === search.get(name))
  const shown = numbered('version') ?? versions[0]
  if (shown === undefined)
    return (
      <Page title={dataset.name} actions={mayWrite && <DeleteDataset dataset={dataset} versions={versions} />}>
        <Empty title={t('datasets.noVersions')} />
      </Page>
    )
  return (
    <Page
      title={dataset.name}
      actions={
        mayWrite && (
          <>
            <DeleteDataset dataset={dataset} versions={versions} />
            <Link className="button primary" to={newRunPath({ dataset: shown.id, of: dataset.id })}>
              {t('datasets.train', { version: shown.version })}
            </Link>
          </>
        )
      }
    >
      <Versions
        versions={versions}
        shown={shown}
        addressOf={(version) => `${paths.dataset(dataset.id)}?version=${String(version)}`}
      />
      <Card title={t('datasets.profile', { version: shown.version })}>
        <Report report={shown.report} />
      </Card>
      <Preview version={shown} />
      <Compare
        versions={versions}
        shown={shown}
        against={numbered('against')}
        onAgainst={(version) =>
          setSearch((before) => {
            if (version === '') before.delete('against')
            else before.set('against', version)
            return before
          })
        }
      />
      <ModelsMade versions={versions} />
    </Page>
  )
}

/** One dataset: its versions, what is in one of them, what changed between two, and which models came from it. */
const DatasetPage = () => {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const query = useQuery(read('getDataset', { params: { id } }))
  const pages = useInfiniteQuery({ ...readPages('listDatasetVersions', { params: { id } }), enabled: query.isSuccess })
  const versions = pages.data?.pages.flatMap(({ data }) => data)
  return (
    <Loaded query={query}>
      {(dataset) => (
        <>
          {pages.isError && <ErrorNote error={pages.error} />}
          {versions === undefined ? !pages.isError && <Loading /> : <Detail dataset={dataset} versions={versions} />}
          {pages.hasNextPage && (
            <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
              {t('datasets.olderVersions')}
            </Button>
          )}
        </>
      )}
    </Loaded>
  )
}
export default DatasetPage
