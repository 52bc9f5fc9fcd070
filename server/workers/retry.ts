import { setTimeout as wait } from 'node:timers/promises'
import { ApiError } from '../client/client'

/** Waits before the next try: doubling from `first_ms` up to `most_ms`, each up to half shorter by chance. */
export const backOff = (first_ms = 500, most_ms = 10_000) => {
  let next = first_ms
  return {
    wait: async (signal?: AbortSignal): Promise<void> => {
      const pause = next * (0.5 + Math.random() / 2)
      next = Math.min(most_ms, next * 2)
      // the caller looks at the signal itself
      await wait(pause, undefined, signal ? { signal } : {}).catch(() => undefined)
    },
    reset: (): void => {
      next = first_ms
    },
  }
}

/** Whether the server may give another answer to the same call: it is away, starting, or failed inside. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code === 'unreachable' || error.code === 'internal_error' || error.code === 'rate_limited')

/** Repeats a call while the server is away, until it answers or the signal aborts (then its reason is thrown). */
export const whileAway = async <Answer>(call: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> => {
  const pauses = backOff()
  for (;;) {
    signal.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error)) throw error
      await pauses.wait(signal)
    }
  }
}
