import type { Grouping, UsageRow } from './figures'

/** A value as RFC 4180 writes it. */
const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * The rows for a spreadsheet or a script: numbers with a point and all their digits, whatever the language of the interface.
 * What was not metered is empty, not 0. There is no row for the total: who sums a column would count it twice.
 */
export const usageCsv = (by: Grouping, rows: readonly (UsageRow & { name: string })[]): string => {
  const head = [by, 'name', 'energy_joules', 'energy_kwh', 'cost', 'currency', 'co2e_grams', 'tokens', 'cpu_seconds', 'gpu_seconds', 'method', 'covers'] // prettier-ignore
  const lines = rows.map(({ key, name, usage }) => {
    const metered = <T>(value: T): T | null => (usage.method === null ? null : value)
    return [
      key,
      name,
      metered(usage.energy_joules),
      metered(usage.energy_joules / 3_600_000),
      metered(usage.cost),
      usage.currency,
      metered(usage.co2e_grams),
      usage.tokens,
      metered(usage.cpu_seconds),
      metered(usage.gpu_seconds),
      usage.method,
      usage.covers.join('; '),
    ]
  })
  return [head, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('')
}
