import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { readPages } from '../../../api/query'
import { Button } from '../../../ui/button'
import { Empty, ErrorNote, Loading } from '../../../ui/states'
import { Table } from '../../../ui/table'
import { useFormats } from '../../../ui/use-formats'
import { newRunPath } from '../address'

/** The datasets that are there; the newest version of one is taken. Older ones are chosen on the dataset's own page. */
export const ExistingChoice = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useInfiniteQuery(readPages('listDatasets', {}))
  if (query.data === undefined) return query.isError ? <ErrorNote error={query.error} /> : <Loading />
  const rows = query.data.pages
    .flatMap(({ data }) => data)
    .flatMap(({ id, name, latest_version: version }) => (version === null ? [] : [{ id, name, version }]))
  if (rows.length === 0) return <Empty title={t('datasets.none')} />
  return (
    <>
      <Table
        label={t('datasets.title')}
        keyOf={({ id }) => id}
        rows={rows}
        columns={[
          {
            title: t('datasets.dataset'),
            cell: ({ id, name, version }) => <Link to={newRunPath({ dataset: version.id, of: id })}>{name}</Link>,
          },
          { title: t('datasets.version'), cell: ({ version }) => format.number(version.version), isNumber: true },
          { title: t('datasets.rows'), cell: ({ version }) => format.number(version.rows), isNumber: true },
          { title: t('datasets.created'), cell: ({ version }) => format.ago(version.created_at) },
        ]}
      />
      {query.hasNextPage && (
        <div>
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('actions.more')}
          </Button>
        </div>
      )}
    </>
  )
}
