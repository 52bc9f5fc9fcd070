import { useFormats } from '../../ui/use-formats'
import type { ScoreName } from './scores'

const shares: ReadonlySet<ScoreName> = new Set<ScoreName>(['brand_rules', 'language_match'])

/** A metric's value as it is read: shares of texts in percent, the others as numbers. */
export const useMetricValue = (): ((metric: ScoreName, value: number | null | undefined) => string) => {
  const format = useFormats()
  return (metric, value) => {
    if (value === null || value === undefined) return '–'
    return shares.has(metric) ? format.percent(value) : format.number(value, { maximumSignificantDigits: 4 })
  }
}
