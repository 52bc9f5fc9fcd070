/** What is printed and written: percentiles, the load of the machine, tables. */
import { loadavg } from 'node:os'

export const mebibytes = (bytes: number): number => Math.round(bytes / 1024 ** 2)
export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

/** The value that this share of the values does not exceed, e.g. 0.95; NaN of none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** The one-minute load average: figures of a busy machine are good for ratios only. */
export const load = (): number => rounded(loadavg()[0] ?? Number.NaN)

type Cell = string | number | null

/** Prints rows under the names of their fields. */
export const printTable = (title: string, rows: readonly Record<string, Cell>[]): void => {
  const columns = Object.keys(rows[0] ?? {})
  const lines = [columns, ...rows.map((row) => columns.map((name) => String(row[name] ?? '-')))]
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  console.log(`\n${title}`)
  for (const line of lines) console.log(`  ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`)
}
