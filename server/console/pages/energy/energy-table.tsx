import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Usage } from '../../../contract/usage'
import { read } from '../../api/query'
import { Table, type Column } from '../../ui/table'
import { EnergyMethod } from '../../ui/usage-figures'
import { useFormats } from '../../ui/use-formats'
import { GateBadge } from '../models/gate-badge'
import { mainLoss } from '../models/model-metrics'
import { perThousandTokens, type Grouping, type UsageRow } from './figures'

/** How good a model is, beside what it takes: its gate, and its loss. */
const Quality = ({ model }: { model: string }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const { data } = useQuery(read('listModels', {}))
  const found = data?.data.find(({ id, kind }) => id === model && kind !== 'deployment')
  if (found === undefined) return <>–</>
  const loss = mainLoss(found.metrics)
  return (
    <>
      <GateBadge gate={found.gate} />
      {loss !== null && (
        <div className="muted">
          {t(`energy.${loss.name}`)} {format.number(loss.value, { maximumSignificantDigits: 4 })}
        </div>
      )}
    </>
  )
}

const PerThousand = ({ usage }: { usage: Usage }) => {
  const format = useFormats()
  const found = perThousandTokens(usage)
  if (found === null) return <>–</>
  return (
    <>
      {format.energy(found.joules)}
      <div className="muted">{format.money(found.cost, usage.currency)}</div>
    </>
  )
}

/** The report row by row, with its total as the API says it. */
export const EnergyTable = ({
  rows,
  total,
  by,
  nameOf,
}: {
  rows: readonly UsageRow[]
  total: Usage
  by: Grouping
  nameOf: (key: string) => string
}) => {
  const { t } = useTranslation()
  const format = useFormats()
  const isTotal = ({ usage }: UsageRow): boolean => usage === total
  const metered = (usage: Usage, text: string): string => (usage.method === null ? t('usage.notMetered') : text)
  const columns: Column<UsageRow>[] = [
    {
      title: t(`energy.columns.${by}`),
      cell: (row) => (isTotal(row) ? <strong>{t('energy.total')}</strong> : nameOf(row.key)),
    },
    {
      title: t('usage.energy'),
      isNumber: true,
      cell: ({ usage }) => metered(usage, format.energy(usage.energy_joules)),
    },
    {
      title: t('usage.cost'),
      isNumber: true,
      cell: ({ usage }) => metered(usage, format.money(usage.cost, usage.currency)),
    },
    { title: t('usage.co2e'), isNumber: true, cell: ({ usage }) => metered(usage, format.mass(usage.co2e_grams)) },
    {
      title: t('usage.tokens'),
      isNumber: true,
      cell: ({ usage }) => (usage.tokens === null ? '–' : format.number(usage.tokens)),
    },
    ...(by === 'model' || by === 'deployment'
      ? [
          {
            title: t('energy.per1000'),
            isNumber: true,
            // what belongs to no model or deployment is idle and jobs of all kinds: nothing that tokens measure
            cell: (row: UsageRow) => (row.key === 'none' || isTotal(row) ? '–' : <PerThousand usage={row.usage} />),
          },
        ]
      : []),
    ...(by === 'model'
      ? [{ title: t('energy.quality'), cell: (row: UsageRow) => (isTotal(row) ? '' : <Quality model={row.key} />) }]
      : []),
    { title: t('energy.method'), cell: ({ usage }) => <EnergyMethod usage={usage} /> },
  ]
  return (
    <Table
      label={t('energy.table')}
      rows={[...rows, { key: 'total', usage: total }]}
      columns={columns}
      keyOf={(row) => (isTotal(row) ? 'total' : `row ${row.key}`)}
    />
  )
}
