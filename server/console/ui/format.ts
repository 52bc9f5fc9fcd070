/** Numbers, times and amounts as people of a language write them. Pure: the language is an argument. */
export const formats = (language: string) => {
  const number = (value: number, options: Intl.NumberFormatOptions = {}): string =>
    new Intl.NumberFormat(language, options).format(value)
  const unit = (value: number, name: string, digits = 3): string =>
    `${number(value, { maximumSignificantDigits: digits })}\u00a0${name}`

  return {
    number,
    percent: (share: number): string => number(share, { style: 'percent', maximumFractionDigits: 1 }),
    /** Joules up to a thousand, then kJ, Wh and kWh. */
    energy: (joules: number): string => {
      if (joules < 1000) return unit(joules, 'J')
      if (joules < 3600) return unit(joules / 1000, 'kJ')
      return joules < 3_600_000 ? unit(joules / 3600, 'Wh') : unit(joules / 3_600_000, 'kWh')
    },
    /** Small amounts keep three digits: a step may cost a thousandth of a cent. */
    money: (amount: number, currency: string): string =>
      number(amount, {
        style: 'currency',
        currency,
        ...(amount !== 0 && Math.abs(amount) < 1
          ? { minimumFractionDigits: 2, maximumSignificantDigits: 3 }
          : { maximumFractionDigits: 2 }),
      }),
    mass: (grams: number): string => (grams < 1000 ? unit(grams, 'g') : unit(grams / 1000, 'kg')),
    bytes: (bytes: number): string => {
      const steps = ['B', 'kB', 'MB', 'GB', 'TB']
      const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), steps.length - 1)
      return unit(bytes / 1000 ** power, steps[power] ?? 'B')
    },
    /** `45 s`, `3 min 20 s`, `2 h 5 min`. */
    duration: (seconds: number): string => {
      const part = (value: number, name: 'day' | 'hour' | 'minute' | 'second', digits = 0): string =>
        number(value, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits })
      if (seconds < 60) return part(seconds, 'second', seconds < 10 ? 1 : 0)
      const whole = Math.round(seconds)
      if (whole < 3600) return [part(Math.floor(whole / 60), 'minute'), part(whole % 60, 'second')].join(' ')
      if (whole < 86_400)
        return [part(Math.floor(whole / 3600), 'hour'), part(Math.floor((whole % 3600) / 60), 'minute')].join(' ')
      return [part(Math.floor(whole / 86_400), 'day'), part(Math.floor((whole % 86_400) / 3600), 'hour')].join(' ')
    },
    time: (iso: string): string =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso)),
    day: (iso: string): string => new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(new Date(iso)),
    /** `3 minutes ago`. */
    ago: (iso: string, now = Date.now()): string => {
      const seconds = (Date.parse(iso) - now) / 1000
      const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
      const size = Math.abs(seconds)
      if (size < 60) return relative.format(Math.round(seconds), 'second')
      if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute')
      if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour')
      return relative.format(Math.round(seconds / 86_400), 'day')
    },
  }
}
export type Formats = ReturnType<typeof formats>
