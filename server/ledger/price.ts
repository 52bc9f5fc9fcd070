import type { EnergySample } from '../contract/energy-sample'
import type { PriceTable, TariffWindow } from '../contract/prices'

const joulesPerKwh = 3_600_000
const secondsPerHour = 3600
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** What a kWh costs and emits at one moment. */
export interface Tariff {
  /** In the table's currency. */
  pricePerKwh: number
  /** Grams of CO2e. */
  gramsPerKwh: number
}

/** What a sample cost, in the table's currency, and what it emitted. */
export interface Price {
  cost: number
  co2eGrams: number
}

/** The figures in force at a moment: those of the first window that holds it, else the table's own. */
export const tariffAt = (table: PriceTable, moment: Date): Tariff => {
  const now = table.windows.length > 0 ? localTime(table.time_zone, moment) : undefined
  const window = now && table.windows.find((candidate) => holds(candidate, now))
  return {
    pricePerKwh: window?.price_per_kwh ?? table.price_per_kwh,
    gramsPerKwh: window?.grid_grams_per_kwh ?? table.grid_grams_per_kwh,
  }
}

/**
 * Energy times price plus device hours times rate. A sample has one tariff, that of its start: samples are seconds
 * long, except for filled gaps, where the error is within what `estimated` says.
 */
export const priceSample = (sample: EnergySample, table: PriceTable): Price => {
  const tariff = tariffAt(table, new Date(sample.started_at))
  const kwh = sample.joules / joulesPerKwh
  const devices =
    (sample.gpu_seconds * table.gpu_rate_per_hour + sample.cpu_seconds * table.cpu_core_rate_per_hour) / secondsPerHour
  return { cost: kwh * tariff.pricePerKwh + devices, co2eGrams: kwh * tariff.gramsPerKwh }
}

interface LocalTime {
  /** 0 is Sunday. */
  day: number
  minute: number
}

const holds = (window: TariffWindow, now: LocalTime): boolean => {
  const from = minutes(window.from)
  const until = minutes(window.until)
  const startsOn = (day: number) => !window.days || window.days.some((name) => name === dayNames[(day + 7) % 7])
  if (from === until) return startsOn(now.day)
  if (from < until) return now.minute >= from && now.minute < until && startsOn(now.day)
  return (now.minute >= from && startsOn(now.day)) || (now.minute < until && startsOn(now.day - 1))
}

const minutes = (clock: string): number => {
  const [hour, minute] = clock.split(':')
  return Number(hour) * 60 + Number(minute)
}

// Building a formatter costs more than formatting, and a run has tens of thousands of samples.
const formatters = new Map<string, Intl.DateTimeFormat>()

const localTime = (timeZone: string, moment: Date): LocalTime => {
  const known = formatters.get(timeZone)
  const formatter =
    known ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    })
  if (!known) formatters.set(timeZone, formatter)
  const parts = new Map(formatter.formatToParts(moment).map(({ type, value }) => [type, value]))
  const weekday = parts.get('weekday')?.toLowerCase()
  return {
    day: dayNames.findIndex((name) => name === weekday),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  }
}
