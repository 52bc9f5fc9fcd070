/** What a message is about. */
export type Facts = Record<string, string | number | boolean | null | undefined>

/** One code of the catalogue. */
export interface ErrorEntry {
  status: number
  /** true: the same call may succeed later without a change */
  retryable: boolean
  message: (facts: Facts) => string
  hint: string
}

/** A fact for a message; an unknown one shows as `?` so that a message never reads "undefined". */
export const of = (facts: Facts, name: string): string => String(facts[name] ?? '?')
