import { useTranslation } from 'react-i18next'
import { Badge } from '../../ui/badge'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { useMetricValue } from './use-metric-value'
import { languageName, scoreRows, type ScoreRow, type Scores } from './scores'

const tones = { better: 'good', worse: 'bad', equal: 'idle' } as const

const Change = ({ change }: { change: ScoreRow['change'] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  if (change === null) return null
  const share = format.number(change.share, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' })
  return <Badge tone={tones[change.verdict]}>{`${share} ${t(`evaluation.${change.verdict}`)}`}</Badge>
}

/** Figures of models side by side, on all rows and by language; of two, how the first stands against the second. */
export const ScoresTable = ({
  label,
  sides,
}: {
  label: string
  sides: readonly { name: string; scores: Scores }[]
}) => {
  const { t, i18n } = useTranslation()
  const valueOf = useMetricValue()
  return (
    <Table
      label={label}
      rows={scoreRows(sides.map(({ scores }) => scores))}
      keyOf={({ language, metric }) => `${language ?? ''} ${metric}`}
      columns={[
        {
          title: t('evaluation.rows'),
          cell: ({ language }) => (language === null ? t('evaluation.allRows') : languageName(language, i18n.language)),
        },
        {
          title: t('evaluation.metric'),
          cell: ({ metric }) => (
            <span title={t(`evaluation.metricMeaning.${metric}`)}>{t(`evaluation.metrics.${metric}`)}</span>
          ),
        },
        ...sides.map(({ name }, place) => ({
          title: name,
          cell: ({ metric, values }: ScoreRow) => valueOf(metric, values[place]),
          isNumber: true,
        })),
        ...(sides.length === 2
          ? [{ title: t('evaluation.change'), cell: ({ change }: ScoreRow) => <Change change={change} /> }]
          : []),
      ]}
    />
  )
}
