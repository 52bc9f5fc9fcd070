export interface RepeatOptions {
  /** waits for the next turn: a signal, or at most so many milliseconds */
  wake: (ms: number) => Promise<void>
  everyMs: number
  stop: AbortSignal
  onError: (error: Error) => void
}

/** Runs a background step again and again, until `stop`; an error is reported and the step tried at its next turn. */
export const repeat = async (
  name: string,
  step: () => Promise<unknown>,
  { wake, everyMs, stop, onError }: RepeatOptions,
): Promise<void> => {
  while (!stop.aborted) {
    // listening begins before the step: a signal meanwhile is not slept through
    const next = wake(everyMs)
    try {
      await step()
    } catch (cause) {
      onError(new Error(`${name} failed`, { cause }))
    }
    await next
  }
}
