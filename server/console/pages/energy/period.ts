/** Days as the ledger counts them: from midnight to midnight UTC. The last one is in it. */
export interface Period {
  since: string
  until: string
}
export const presets = ['today', 'week', 'days30', 'month'] as const
export type Preset = (typeof presets)[number]

const day_ms = 86_400_000
/** The UTC day of a moment, `2026-12-01`. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
const isDay = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && dayOf(time) === text
}

export const periodOfPreset = (preset: Preset, now: number): Period => {
  const until = dayOf(now)
  const since = {
    today: until,
    week: dayOf(now - 6 * day_ms),
    days30: dayOf(now - 29 * day_ms),
    month: `${until.slice(0, 7)}-01`,
  }[preset]
  return { since, until }
}

/** The preset that a period is now; `custom`: none. */
export const presetOf = ({ since, until }: Period, now: number): Preset | 'custom' =>
  presets.find((preset) => {
    const of = periodOfPreset(preset, now)
    return of.since === since && of.until === until
  }) ?? 'custom'

/** The period in an address; the last seven days where it names none, or no possible one. */
export const periodOf = (search: URLSearchParams, now: number): Period => {
  const [since, until] = [search.get('since') ?? '', search.get('until') ?? '']
  return isDay(since) && isDay(until) && since <= until ? { since, until } : periodOfPreset('week', now)
}

/** A period as the API takes it: the end is not in it. */
export const rangeOf = ({ since, until }: Period): { since: string; until: string } => ({
  since: `${since}T00:00:00.000Z`,
  until: new Date(Date.parse(`${until}T00:00:00Z`) + day_ms).toISOString(),
})

/** Every day of a period, up to the ten years that a chart could show. */
export const daysOf = ({ since, until }: Period): string[] => {
  const [first, last] = [Date.parse(`${since}T00:00:00Z`), Date.parse(`${until}T00:00:00Z`)]
  return Array.from({ length: Math.min((last - first) / day_ms + 1, 3660) }, (_, index) =>
    dayOf(first + index * day_ms),
  )
}

/** The period with another end; the other end follows where they would cross. */
export const withEnd = (period: Period, end: 'since' | 'until', day: string): Period => {
  const since = end === 'since' ? day : period.since
  const until = end === 'until' ? day : period.until
  return since <= until ? { since, until } : { since: day, until: day }
}
