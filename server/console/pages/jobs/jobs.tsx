import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { jobStatuses, stepKinds } from '../../api/enums'
import { readPages } from '../../api/query'
import type { Input } from '../../api/client'
import type { Job } from '../../../contract/jobs'
import { paths } from '../../paths'
import { JobBadge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Page } from '../../ui/page'
import { Empty, ErrorNote, Loading } from '../../ui/states'
import { Table, type Column } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { JobDuration, ProgressCell } from './progress'

type Query = NonNullable<Input<'listJobs'>['query']>

const useColumns = (): Column<Job>[] => {
  const { t } = useTranslation()
  const format = useFormats()
  return [
    {
      title: t('jobs.job'),
      cell: ({ id, kind }) => (
        <span className="nowrap">
          <Link to={paths.job(id)}>{t(`kind.${kind}`)}</Link>{' '}
          <span className="mono muted" title={id}>
            {id.slice(-8)}
          </span>
        </span>
      ),
    },
    { title: t('jobs.status'), cell: ({ status }) => <JobBadge status={status} /> },
    { title: t('jobs.progress'), cell: (job) => <ProgressCell job={job} /> },
    { title: t('jobs.origin'), cell: ({ origin }) => origin?.system ?? '' },
    {
      title: t('jobs.created'),
      cell: ({ created_at }) => (
        <span className="nowrap" title={format.time(created_at)}>
          {format.ago(created_at)}
        </span>
      ),
    },
    { title: t('jobs.duration'), cell: (job) => <JobDuration job={job} />, isNumber: true },
    {
      title: t('usage.energy'),
      cell: ({ usage }) => (usage.method === null ? '–' : format.energy(usage.energy_joules)),
      isNumber: true,
    },
    {
      title: t('usage.cost'),
      cell: ({ usage }) => (usage.method === null ? '–' : format.money(usage.cost, usage.currency)),
      isNumber: true,
    },
  ]
}

/** All jobs, newest first; the filter stands in the address, so that a view can be shared. */
const Jobs = () => {
  const { t } = useTranslation()
  const columns = useColumns()
  const [search, setSearch] = useSearchParams()
  const filter: Query = {
    status: jobStatuses.find((status) => status === search.get('status')),
    kind: stepKinds.find((kind) => kind === search.get('kind')),
    metadata: search.get('metadata') ?? undefined,
    order: search.get('order') === 'asc' ? 'asc' : undefined,
  }
  const query = useInfiniteQuery({ ...readPages('listJobs', { query: filter }), refetchInterval: 5000 })
  const choose = (name: string, value: string): void => {
    // from the address itself: the last choice may not have been drawn yet
    const next = new URLSearchParams(location.search)
    if (value === '') next.delete(name)
    else next.set(name, value)
    setSearch(next)
  }
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? []
  const isFiltered = filter.status !== undefined || filter.kind !== undefined || filter.metadata !== undefined
  return (
    <Page
      title={t('jobs.title')}
      actions={
        <>
          <select
            aria-label={t('jobs.status')}
            value={filter.status ?? ''}
            onChange={({ target }) => choose('status', target.value)}
          >
            <option value="">{t('jobs.anyStatus')}</option>
            {jobStatuses.map((status) => (
              <option key={status} value={status}>
                {t(`status.${status}`)}
              </option>
            ))}
          </select>
          <select
            aria-label={t('jobs.kind')}
            value={filter.kind ?? ''}
            onChange={({ target }) => choose('kind', target.value)}
          >
            <option value="">{t('jobs.anyKind')}</option>
            {stepKinds.map((kind) => (
              <option key={kind} value={kind}>
                {t(`kind.${kind}`)}
              </option>
            ))}
          </select>
          <select
            aria-label={t('jobs.order')}
            value={filter.order ?? ''}
            onChange={({ target }) => choose('order', target.value)}
          >
            <option value="">{t('jobs.newestFirst')}</option>
            <option value="asc">{t('jobs.oldestFirst')}</option>
          </select>
          <Link className="button primary" to={paths.newRun()}>
            {t('newRun.title')}
          </Link>
        </>
      }
    >
      {query.isError && <ErrorNote error={query.error} />}
      {query.isLoading && <Loading />}
      {query.data !== undefined && rows.length === 0 && (
        <Empty title={t(isFiltered ? 'jobs.noneMatch' : 'jobs.none')}>
          {isFiltered ? (
            <Button onClick={() => setSearch({})}>{t('jobs.showAll')}</Button>
          ) : (
            <Link to={paths.newRun()}>{t('start.firstModel')}</Link>
          )}
        </Empty>
      )}
      {rows.length > 0 && <Table label={t('jobs.title')} columns={columns} rows={rows} keyOf={({ id }) => id} />}
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
export default Jobs
