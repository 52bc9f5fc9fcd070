import { ForgeError } from '../../contract/errors'
import { outgoingError } from '../../outgoing/http'
import { backOff } from '../retry'

/** How often a source is asked before it counts as unavailable. */
const tries = 4
/** The worker's own disk: asking the source again does not mend it. */
const diskErrors: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EMFILE'])

/** A status that the same call may not get a second time. */
export const isPassingStatus = (status: number): boolean => status >= 500 || status === 429 || status === 408

const isFinal = (error: unknown): boolean =>
  (error instanceof ForgeError && !error.retryable) ||
  diskErrors.has(String((error as NodeJS.ErrnoException | null)?.code))

/**
 * Asks a source up to 4 times, with a growing pause after each failure of the network or of the sender. `where` names
 * it in the error. Throws ForgeError `source_unavailable`, or at once what another try would not change.
 */
export const patiently = async <Answer>(
  where: string,
  ask: () => Promise<Answer>,
  { signal, firstPause_ms = 500 }: { signal: AbortSignal; firstPause_ms?: number | undefined },
): Promise<Answer> => {
  const pauses = backOff(firstPause_ms)
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      return await ask()
    } catch (thrown) {
      signal.throwIfAborted()
      const error = outgoingError(thrown)
      if (isFinal(error)) throw error
      if (attempt === tries) {
        const reason = error instanceof Error ? error.message || String(error) : String(error)
        throw new ForgeError(
          'source_unavailable',
          { detail: `${where} could not be read, ${tries} times: ${reason}.` },
          { cause: error },
        )
      }
      await pauses.wait(signal)
    }
  }
}
