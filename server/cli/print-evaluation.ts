import type { EvaluationResult, MetricName } from '../contract/evaluations'
import { score } from './quantities'
import { textTable } from './text-table'

/** For loss and perplexity less is better; everything else is a share or a score. */
const lessIsBetter = new Set(['loss', 'perplexity'])

const change = (name: string, before: number | null | undefined, after: number | null | undefined): string => {
  if (before === null || before === undefined || after === null || after === undefined) return '-'
  const verdict = after === before ? 'same' : after < before === lessIsBetter.has(name) ? 'better' : 'worse'
  // no percentage of nothing: a base model that never obeys a rule scores 0
  if (before === 0 || verdict === 'same') return verdict
  const percent = ((after - before) / Math.abs(before)) * 100
  return `${percent > 0 ? '+' : ''}${percent.toFixed(0)} %  ${verdict}`
}

/** Base and tuned model side by side: every metric, over all rows and by language. */
export const evaluationTable = ({ model, baseline }: EvaluationResult): string => {
  const metrics = Object.keys(model.all) as MetricName[]
  const languages = Object.keys(model.by_language).sort()
  const row = (
    name: string,
    title: string,
    scope: string,
    before: number | null | undefined,
    after: number | null | undefined,
  ): string[] => [title, scope, score(before), score(after), change(name, before, after)]
  const rows = metrics.flatMap((metric) => [
    row(metric, metric, 'all', baseline?.all[metric], model.all[metric]),
    ...languages
      .filter((language) => model.by_language[language]?.[metric] !== undefined)
      .map((language) =>
        row(metric, '', language, baseline?.by_language[language]?.[metric], model.by_language[language]?.[metric]),
      ),
  ])
  if (model.perplexity !== null)
    rows.push(row('perplexity', 'perplexity', 'all', baseline?.perplexity, model.perplexity))
  return textTable(
    [
      { title: 'metric' },
      { title: 'rows' },
      { title: 'base', align: 'right' },
      { title: 'tuned', align: 'right' },
      { title: 'change' },
    ],
    rows,
  )
}

/** The gate's checks one by one, then the verdict; '' when no gate was set. */
export const gateLines = ({ gate }: EvaluationResult): string =>
  gate.checks.length === 0
    ? ''
    : [
        ...gate.checks.map(
          (check) =>
            `${check.passed ? 'passed' : 'FAILED'}  ${check.metric} ${check.rule}: ${score(check.value)}${check.baseline === null ? '' : ` beside ${score(check.baseline)}`}`,
        ),
        gate.passed ? 'The gate is open.' : 'The gate is closed: this model is not deployed.',
      ].join('\n')
