const minute = 60_000
const hour = 60 * minute

/** Waits between the tries at a receiver that is away, in milliseconds: ten of them in about three days. */
export const away_ms: readonly number[] = [
  5_000,
  30_000,
  2 * minute,
  10 * minute,
  30 * minute,
  2 * hour,
  6 * hour,
  14 * hour,
  24 * hour,
  24 * hour,
]
