import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { Approval } from '../../../contract/approvals'
import { read, readPages } from '../../api/query'
import { paths } from '../../paths'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Page } from '../../ui/page'
import { Empty, ErrorNote, Loading } from '../../ui/states'
import { Table, type Column } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { ModelLink } from '../models/model-link'
import { ApprovalBadge, approvalStatuses } from './approval-badge'
import { pendingFirst } from './pending-first'

const useColumns = (): Column<Approval>[] => {
  const { t } = useTranslation()
  const format = useFormats()
  const when = (iso: string) => <span title={format.time(iso)}>{format.ago(iso)}</span>
  return [
    {
      title: t('approvals.deployment'),
      cell: ({ id, deployment }) => <Link to={paths.approval(id)}>{deployment}</Link>,
    },
    { title: t('approvals.model'), cell: ({ model }) => <ModelLink id={model} /> },
    {
      title: t('approvals.state'),
      cell: ({ status, forced }) => (
        <span className="row">
          <ApprovalBadge status={status} />
          {forced && <Badge tone="bad">{t('approvals.forced')}</Badge>}
        </span>
      ),
    },
    { title: t('approvals.requested'), cell: ({ requested_at }) => when(requested_at) },
    {
      title: t('approvals.decided'),
      cell: ({ status, decided_at, expires_at }) =>
        status === 'pending' ? (
          <span className="muted">{t('approvals.expiresAt', { time: format.ago(expires_at) })}</span>
        ) : (
          decided_at && when(decided_at)
        ),
    },
    { title: t('approvals.by'), cell: ({ decided_by }) => decided_by?.name ?? '' },
  ]
}

/** What waits for a person, and what people decided; the filter stands in the address. */
const Approvals = () => {
  const { t } = useTranslation()
  const columns = useColumns()
  const [search, setSearch] = useSearchParams()
  const status = approvalStatuses.find((name) => name === search.get('status'))
  const pending = useQuery({
    ...read('listApprovals', { query: { status: 'pending', limit: 100 } }),
    refetchInterval: 10_000,
  })
  const query = useInfiniteQuery({
    ...readPages('listApprovals', { query: status === undefined ? {} : { status } }),
    refetchInterval: 10_000,
  })
  const listed = query.data?.pages.flatMap(({ data }) => data) ?? []
  const rows = status === undefined ? pendingFirst(pending.data?.data ?? [], listed) : listed
  const error = query.error ?? pending.error
  return (
    <Page
      title={t('approvals.title')}
      actions={
        <select
          aria-label={t('approvals.state')}
          value={status ?? ''}
          onChange={({ target }) => setSearch(target.value === '' ? {} : { status: target.value })}
        >
          <option value="">{t('approvals.anyStatus')}</option>
          {approvalStatuses.map((name) => (
            <option key={name} value={name}>
              {t(`approvals.status.${name}`)}
            </option>
          ))}
        </select>
      }
    >
      {error && <ErrorNote error={error} />}
      {query.isPending && <Loading />}
      {query.data !== undefined && rows.length === 0 && (
        <Empty title={t(status === undefined ? 'approvals.none' : 'approvals.noneMatch')}>
          {status === undefined ? (
            <p>{t('approvals.noneMeaning')}</p>
          ) : (
            <Button onClick={() => setSearch({})}>{t('approvals.showAll')}</Button>
          )}
        </Empty>
      )}
      {rows.length > 0 && <Table label={t('approvals.title')} columns={columns} rows={rows} keyOf={({ id }) => id} />}
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
export default Approvals
