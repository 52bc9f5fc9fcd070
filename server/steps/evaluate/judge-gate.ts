import type { z } from 'zod'
import type { gate, MetricName, verdict } from '../../contract/evaluations'

export type Scores = Partial<Record<MetricName, number>>
export type Gate = z.infer<typeof gate>
export type Verdict = z.infer<typeof verdict>
type Check = Verdict['checks'][number]

const lowerIsBetter: ReadonlySet<MetricName> = new Set<MetricName>(['loss'])

/** Better than the baseline by this share of it; any share above 0 asks for more than a tie, also at a baseline of 0. */
const hasImproved = (metric: MetricName, value: number, baseline: number, share: number): boolean => {
  const gain = lowerIsBetter.has(metric) ? baseline - value : value - baseline
  // 2 - 1.8 is a little less than 10 % of 2 to a computer
  return gain >= baseline * share - 1e-9 && (share === 0 || gain > 0)
}

/**
 * Judges the scores of a model by the thresholds of a gate: one check for each threshold given, and all must hold. A
 * score that is missing fails its checks; so does `improve_by` without a baseline. No thresholds: passed.
 */
export const judgeGate = (thresholds: Gate, model: Scores, baseline: Scores | null): Verdict => {
  const checks = Object.entries(thresholds).flatMap(([name, threshold]): Check[] => {
    const metric = name as MetricName
    const value = model[metric] ?? null
    const reference = baseline?.[metric] ?? null
    const check = (rule: string, holds: (score: number) => boolean): Check => ({
      metric,
      rule,
      value,
      baseline: reference,
      passed: value !== null && holds(value),
    })
    const { min, max, improve_by: improveBy } = threshold
    return [
      ...(min === undefined ? [] : [check(`min ${min}`, (score) => score >= min)]),
      ...(max === undefined ? [] : [check(`max ${max}`, (score) => score <= max)]),
      ...(improveBy === undefined
        ? []
        : [
            check(
              `improve_by ${improveBy}`,
              (score) => reference !== null && hasImproved(metric, score, reference, improveBy),
            ),
          ]),
    ]
  })
  return { passed: checks.every(({ passed }) => passed), checks }
}
