/** How long to wait before the next restart. All times in milliseconds. */
export interface BackOffLimits {
  first_ms: number
  longest_ms: number
  /** After this long in health, the next failure counts as the first again. */
  healthy_ms: number
}

export const defaultBackOff: BackOffLimits = { first_ms: 200, longest_ms: 10_000, healthy_ms: 60_000 }

/** Counts failures in a row and says how long to wait: the first time, then twice as long each time, up to a limit. */
export class BackOff {
  private failures = 0

  constructor(private readonly limits: BackOffLimits) {}

  /** The wait before the next start, after a run that was healthy for `healthyFor_ms` (0: it never was). */
  next_ms(healthyFor_ms: number): number {
    if (healthyFor_ms >= this.limits.healthy_ms) this.failures = 0
    const wait_ms = Math.min(this.limits.first_ms * 2 ** this.failures, this.limits.longest_ms)
    this.failures += 1
    return wait_ms
  }
}
