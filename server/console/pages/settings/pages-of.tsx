import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button'
import { Empty, ErrorNote, Loading } from '../../ui/states'

/** Shows the rows of a list that is read page by page: that it loads, why it cannot, that there are none, and the way to more. */
export function PagesOf<Row>({
  query,
  none,
  children,
}: {
  query: UseInfiniteQueryResult<InfiniteData<{ data: Row[] }>>
  /** what to say where there are none */
  none: string
  children: (rows: Row[]) => ReactNode
}) {
  const { t } = useTranslation()
  if (query.data === undefined) return query.isError ? <ErrorNote error={query.error} /> : <Loading />
  const rows = query.data.pages.flatMap(({ data }) => data)
  return (
    <>
      {query.isError && <ErrorNote error={query.error} />}
      {rows.length === 0 ? <Empty title={none} /> : children(rows)}
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
