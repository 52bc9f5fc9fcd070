import type { AllowList } from '../../outgoing/address-check'

export interface FetchOptions {
  allow: AllowList
  limitBytes: number
  /** Between the first two tries; it doubles. Default 500. */
  firstPause_ms?: number
}

/** Where one fetch writes, and within which limits. */
export interface FetchContext extends FetchOptions {
  path: string
  signal: AbortSignal
}
