import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Chart } from '../../ui/chart'
import { Card } from '../../ui/page'
import { barsOf, measures, type Grouping, type Measure, type UsageRow } from './figures'

/** The report as bars. Its figures stand in the table below. */
export const EnergyChart = ({
  rows,
  categories,
  nameOf,
  by,
  measure,
  onMeasure,
}: {
  rows: readonly UsageRow[]
  /** the keys in the order of the axis: of days all, also those without a row */
  categories: readonly string[]
  nameOf: (key: string) => string
  by: Grouping
  measure: Measure
  onMeasure: (measure: Measure) => void
}) => {
  const { t } = useTranslation()
  const title = t(`energy.measures.${measure}`)
  const names = categories.map(nameOf).join('\n')
  const bars = useMemo(() => barsOf(rows, categories, measure), [rows, categories, measure])
  // a new list at each drawing would draw the chart anew
  const series = useMemo(() => [{ name: title, points: bars.points }], [title, bars])
  const axis = useMemo(() => names.split('\n'), [names])
  return (
    <Card>
      <div className="row">
        <select
          aria-label={t('energy.show')}
          value={measure}
          onChange={({ target }) => onMeasure(measures.find((one) => one === target.value) ?? 'energy')}
        >
          {measures.map((one) => (
            <option key={one} value={one}>
              {t(`energy.measures.${one}`)}
            </option>
          ))}
        </select>
      </div>
      <Chart
        kind="bar"
        label={t('energy.chartLabel', { measure: title, by: t(`energy.groupings.${by}`), count: bars.points.length })}
        categories={axis}
        series={series}
        xName=""
        yName={bars.unit}
      />
    </Card>
  )
}
