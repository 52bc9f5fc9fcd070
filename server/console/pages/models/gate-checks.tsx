import { useTranslation } from 'react-i18next'
import type { EvaluationResult, MetricName } from '../../../contract/evaluations'
import { Badge } from '../../ui/badge'
import { Card } from '../../ui/page'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'
import { GateBadge } from './gate-badge'
import { readRule } from './gate-rule'
import { useMetricValue } from './use-metric-value'

/** What the gate asked for in words, what it found, and its verdict. */
export const GateChecks = ({ gate: { passed, checks } }: { gate: EvaluationResult['gate'] }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const valueOf = useMetricValue()
  const inWords = (metric: MetricName, rule: string): string => {
    const known = readRule(rule)
    if (known === null) return rule
    const amount = known.kind === 'improve_by' ? format.percent(known.value) : valueOf(metric, known.value)
    return t(`evaluation.rule.${known.kind}`, { value: amount })
  }
  return (
    <Card title={t('models.gate')}>
      <p>
        <GateBadge gate={passed ? 'passed' : 'failed'} />
      </p>
      {checks.length === 0 ? (
        <p className="muted">{t('evaluation.noChecks')}</p>
      ) : (
        <Table
          label={t('models.gate')}
          rows={checks}
          keyOf={({ metric, rule }) => `${metric} ${rule}`}
          columns={[
            { title: t('evaluation.metric'), cell: ({ metric }) => t(`evaluation.metrics.${metric}`) },
            { title: t('evaluation.asked'), cell: ({ metric, rule }) => inWords(metric, rule) },
            { title: t('evaluation.value'), cell: ({ metric, value }) => valueOf(metric, value), isNumber: true },
            {
              title: t('evaluation.baseline'),
              cell: ({ metric, baseline }) => valueOf(metric, baseline),
              isNumber: true,
            },
            {
              title: t('evaluation.verdict'),
              cell: (check) => (
                <Badge tone={check.passed ? 'good' : 'bad'}>
                  {t(check.passed ? 'evaluation.holds' : 'evaluation.fails')}
                </Badge>
              ),
            },
          ]}
        />
      )}
    </Card>
  )
}
