import type { Usage } from '../contract/usage'

/** Three significant digits without an exponent: `0.00412`, `3.14`, `612`, `98,304`. */
const significant = (value: number): string =>
  value.toLocaleString(
    'en-US',
    value !== 0 && Math.abs(value) < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  )

/** `48 s`, `3 min 20 s`, `1 h 04 min`. */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds)
  if (whole < 120) return `${seconds < 10 ? significant(seconds) : String(whole)} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}

/** `612 J`, `12.3 kJ`, `1.4 MJ`. */
export const joules = (value: number): string =>
  value < 10_000
    ? `${significant(value)} J`
    : value < 10_000_000
      ? `${significant(value / 1000)} kJ`
      : `${significant(value / 1_000_000)} MJ`

/** `0.00042 EUR`: costs of single jobs are far below a cent, so digits are kept, not decimals. */
export const money = (value: number, currency: string): string => `${significant(value)} ${currency}`

/** `1.24 g`, `2.1 kg`. */
export const grams = (value: number): string =>
  value < 1000 ? `${significant(value)} g` : `${significant(value / 1000)} kg`

/** `1,024`; `-` for null. */
export const count = (value: number | null): string => (value === null ? '-' : value.toLocaleString('en-US'))

/** `98.1 MB`, decimal units. */
export const bytes = (value: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3))
  return `${significant(value / 1000 ** power)} ${units[power] ?? ''}`
}

/** Energy with the way it was found, or `not metered`. */
export const energy = (usage: Pick<Usage, 'energy_joules' | 'method'>): string =>
  usage.method === null ? 'not metered' : `${joules(usage.energy_joules)} (${usage.method})`

/** A score as a reader compares it: two digits behind the point, three for small ones. */
export const score = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(Math.abs(value) < 10 ? 3 : 2)
