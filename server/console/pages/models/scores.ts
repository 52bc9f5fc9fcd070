import type { EvaluationResult, MetricName } from '../../../contract/evaluations'

/** All figures of one model in an evaluation. */
export type Scores = EvaluationResult['model']
export type ScoreName = MetricName | 'perplexity'

const order: readonly ScoreName[] = ['loss', 'perplexity', 'chrf', 'brand_rules', 'language_match']
const lowerIsBetter: ReadonlySet<ScoreName> = new Set<ScoreName>(['loss', 'perplexity'])

export interface ScoreRow {
  /** language of the rows; null: all rows */
  language: string | null
  metric: ScoreName
  /** one for each side, in the order given */
  values: (number | null)[]
  /** of the first side against the second, as a share of the second; null where that says nothing */
  change: { share: number; verdict: 'better' | 'worse' | 'equal' } | null
}

const changeOf = (metric: ScoreName, [first, second]: readonly (number | null)[]): ScoreRow['change'] => {
  if (first === null || first === undefined || second === null || second === undefined || second === 0) return null
  const share = (first - second) / Math.abs(second)
  if (share === 0) return { share, verdict: 'equal' }
  return { share, verdict: share < 0 === lowerIsBetter.has(metric) ? 'better' : 'worse' }
}

const rowsOf = (language: string | null, sides: readonly Partial<Record<ScoreName, number | null>>[]): ScoreRow[] =>
  order
    .map((metric) => ({ metric, values: sides.map((side) => side[metric] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null))
    .map(({ metric, values }) => ({ language, metric, values, change: changeOf(metric, values) }))

/** One row for each metric on all rows, then for each language; metrics that no side has are left out. */
export const scoreRows = (sides: readonly Scores[]): ScoreRow[] => {
  const languages = [...new Set(sides.flatMap(({ by_language }) => Object.keys(by_language)))].sort()
  return [
    ...rowsOf(
      null,
      sides.map(({ all, perplexity }) => ({ ...all, perplexity })),
    ),
    ...languages.flatMap((language) =>
      rowsOf(
        language,
        sides.map(({ by_language }) => by_language[language] ?? {}),
      ),
    ),
  ]
}

/** A language's name in the language of the interface; its code where it has none. */
export const languageName = (code: string, shownIn: string): string => {
  try {
    return new Intl.DisplayNames([shownIn], { type: 'language' }).of(code) ?? code
  } catch {
    // not a language tag at all
    return code
  }
}
