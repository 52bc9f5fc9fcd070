import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Dataset } from '../../../contract/datasets'
import { readPages } from '../../api/query'
import { paths } from '../../paths'
import { Button } from '../../ui/button'
import { Page } from '../../ui/page'
import { Empty, ErrorNote, Loading } from '../../ui/states'
import { Table, type Column } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { LanguageList } from './language-list'

const useColumns = (): Column<Dataset>[] => {
  const { t } = useTranslation()
  const format = useFormats()
  return [
    { title: t('datasets.dataset'), cell: ({ id, name }) => <Link to={paths.dataset(id)}>{name}</Link> },
    {
      title: t('datasets.newest'),
      cell: ({ latest_version: version }) => (version === null ? '–' : format.number(version.version)),
      isNumber: true,
    },
    {
      title: t('datasets.trainRows'),
      cell: ({ latest_version: version }) => (version === null ? '–' : format.number(version.rows)),
      isNumber: true,
    },
    {
      title: t('datasets.validationRows'),
      cell: ({ latest_version: version }) => (version === null ? '–' : format.number(version.validation_rows)),
      isNumber: true,
    },
    {
      title: t('datasets.languages'),
      cell: ({ latest_version: version }) =>
        version === null ? '–' : <LanguageList languages={version.report.languages} />,
    },
    {
      title: t('datasets.changed'),
      cell: ({ latest_version: version, created_at }) => {
        const at = version?.created_at ?? created_at
        return <span title={format.time(at)}>{format.ago(at)}</span>
      },
    },
  ]
}

/** All datasets with their newest versions. */
const Datasets = () => {
  const { t } = useTranslation()
  const columns = useColumns()
  const query = useInfiniteQuery(readPages('listDatasets', {}))
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <Page
      title={t('datasets.title')}
      actions={
        <Link className="button primary" to={paths.newRun()}>
          {t('newRun.title')}
        </Link>
      }
    >
      {query.isError && <ErrorNote error={query.error} />}
      {query.isPending && <Loading />}
      {query.data !== undefined && rows.length === 0 && (
        <Empty title={t('datasets.none')}>
          <Link to={paths.newRun()}>{t('datasets.bringData')}</Link>
        </Empty>
      )}
      {rows.length > 0 && <Table label={t('datasets.title')} columns={columns} rows={rows} keyOf={({ id }) => id} />}
      {query.hasNextPage && (
        <div>
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('actions.more')}
          </Button>
        </div>
      )}
    </Page>
  )
}
export default Datasets
