import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { Usage } from '../../../contract/usage'
import { read } from '../../api/query'
import { Page } from '../../ui/page'
import { Empty, Loaded } from '../../ui/states'
import { UsageFigures } from '../../ui/usage-figures'
import { usageCsv } from './csv'
import { DownloadCsv } from './download-csv'
import { EnergyChart } from './energy-chart'
import { EnergyFilter } from './energy-filter'
import { EnergyTable } from './energy-table'
import { groupings, measures, type Grouping, type UsageRow } from './figures'
import { Idle } from './idle'
import { Methods } from './methods'
import { daysOf, periodOf, rangeOf, type Period } from './period'
import { useRowNames } from './use-row-names'

const Report = ({ rows, total, by, period }: { rows: UsageRow[]; total: Usage; by: Grouping; period: Period }) => {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const nameOf = useRowNames(by)
  const measure = measures.find((one) => one === search.get('show')) ?? 'energy'
  const { since, until } = period
  const categories = useMemo(
    () => (by === 'day' ? daysOf({ since, until }) : rows.map(({ key }) => key)),
    [by, since, until, rows],
  )
  const methods = [...new Set(rows.flatMap(({ usage }) => usage.method ?? []))]
  if (rows.length === 0) return <Empty title={t('energy.nothing')}>{t('energy.nothingHint')}</Empty>
  return (
    <>
      <UsageFigures usage={total} />
      {by !== 'kind' && <Idle range={rangeOf(period)} total={total.energy_joules} />}
      <EnergyChart
        rows={rows}
        categories={categories}
        nameOf={nameOf}
        by={by}
        measure={measure}
        onMeasure={(show) =>
          setSearch((before) => {
            before.set('show', show)
            return before
          })
        }
      />
      <EnergyTable rows={rows} total={total} by={by} nameOf={nameOf} />
      <div className="row">
        <DownloadCsv
          name={`forge-usage-${by}-${since}-${until}.csv`}
          text={() =>
            usageCsv(
              by,
              rows.map((row) => ({ ...row, name: nameOf(row.key) })),
            )
          }
        />
        <span className="muted">
          {t(by === 'model' || by === 'deployment' ? 'energy.per1000Meaning' : 'energy.utc')}
        </span>
      </div>
      <Methods of={methods} />
    </>
  )
}

/** What a time took, by day, step, model or deployment; time and grouping stand in the address. */
const Energy = () => {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const [now] = useState(Date.now)
  const period = periodOf(search, now)
  const by = groupings.find((one) => one === search.get('by')) ?? 'day'
  const query = useQuery({
    ...read('getUsage', { query: { group_by: by, ...rangeOf(period) } }),
    refetchInterval: 15_000,
  })
  const put = (values: Record<string, string>): void =>
    setSearch((before) => {
      for (const [name, value] of Object.entries(values)) before.set(name, value)
      return before
    })
  return (
    <Page title={t('energy.title')}>
      <EnergyFilter
        period={period}
        by={by}
        now={now}
        onPeriod={({ since, until }) => put({ since, until })}
        onBy={(one) => put({ by: one })}
      />
      <Loaded query={query}>{({ rows, total }) => <Report rows={rows} total={total} by={by} period={period} />}</Loaded>
    </Page>
  )
}
export default Energy
