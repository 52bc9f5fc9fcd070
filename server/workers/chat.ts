import { ApiError, type ForgeClient } from '../client/client'
import type { ChatCompletion, ChatRequest } from '../contract/chat'
import type { ErrorCode } from '../contract/errors'
import { routes } from '../contract/routes'
import { StepFailed } from '../steps/handler'
import type { Callers } from './callers'
import { backOff } from './retry'

const answerTimeout_ms = 600_000
/** How long a model may take to come up: its worker fetches and loads it. */
const wakeTimeout_ms = 600_000
/** An engine that fails is replaced by another one; three in a row are no accident. */
const maxFailures = 3

const passing: ReadonlySet<string> = new Set(['unreachable', 'no_replica', 'rate_limited', 'engine_unavailable'])

/**
 * Calls a model through the server's gateway in the name of a lease. Waits while the model wakes up or the server is
 * away. Throws StepFailed with the gateway's code, or the signal's reason.
 */
export const createChat =
  ({
    client,
    leaseId,
    signal,
    callers,
  }: {
    client: ForgeClient
    leaseId: string
    signal: AbortSignal
    callers: Callers
  }) =>
  async (request: ChatRequest): Promise<ChatCompletion> => {
    const pauses = backOff(500, 5_000)
    const began = performance.now()
    for (let failures = 0; ; ) {
      signal.throwIfAborted()
      callers.begin(leaseId)
      try {
        return await client.call(
          routes.createChatCompletion,
          { body: { ...request, stream: false } },
          { signal, timeoutMs: answerTimeout_ms, headers: { 'x-forge-lease': leaseId } },
        )
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof ApiError)) throw error
        const code: ErrorCode = error.code === 'unreachable' ? 'no_replica' : error.code
        if (code === 'engine_failed') failures += 1
        const mayPass = passing.has(error.code)
          ? performance.now() - began < wakeTimeout_ms
          : code === 'engine_failed' && failures < maxFailures
        if (!mayPass) throw new StepFailed(code, error.message, { cause: error })
        await pauses.wait(signal)
      } finally {
        callers.end(leaseId)
      }
    }
  }
