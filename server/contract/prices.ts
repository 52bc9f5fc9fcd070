import { z } from 'zod'

const minuteOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day as HH:MM, 00:00 to 23:59')

/** A part of the day or week with its own figures; what it leaves out stays as in the table. */
const tariffWindow = z.object({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .optional()
    .describe('default: every day; a window over midnight belongs to the day it starts on'),
  from: minuteOfDay,
  until: minuteOfDay.describe('exclusive; before `from`: over midnight; equal to `from`: the whole day'),
  price_per_kwh: z.number().min(0).optional(),
  grid_grams_per_kwh: z.number().min(0).optional(),
})

/** What energy and devices cost, and what the grid emits. The first window that holds a moment decides. */
export const priceTable = z.object({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code, e.g. EUR')
    .default('EUR'),
  price_per_kwh: z.number().min(0).default(0.3).describe('in `currency`'),
  grid_grams_per_kwh: z.number().min(0).default(350).describe('grams of CO2e per kWh from the grid'),
  gpu_rate_per_hour: z.number().min(0).default(0).describe('for holding one GPU for an hour, in `currency`'),
  cpu_core_rate_per_hour: z.number().min(0).default(0).describe('for one CPU core busy for an hour, in `currency`'),
  time_zone: z.string().default('UTC').refine(isTimeZone, 'must be an IANA time zone, e.g. Europe/Berlin'),
  windows: z.array(tariffWindow).default([]),
})
export type PriceTable = z.infer<typeof priceTable>
export type TariffWindow = z.infer<typeof tariffWindow>

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
