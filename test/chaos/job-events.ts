import { setTimeout as sleep } from 'node:timers/promises'
import { serverSentEvents } from '../../server/cli/sse'
import { ApiError, type ForgeClient } from '../../server/client/client'
import type { JobEvent } from '../../server/contract/jobs'
import { routes } from '../../server/contract/routes'

const reconnect_ms = 100
/** A server that does not come back within this time will not. */
const longestOutage_ms = 60_000

/**
 * The events of a job as they happen, until it has ended. Goes on after the last one it saw when the server was away:
 * what is killed here is often the server.
 */
export async function* followJob(client: () => ForgeClient, id: string, after = 0): AsyncGenerator<JobEvent> {
  let last = after
  let awaySince: number | undefined
  for (;;) {
    try {
      const headers = { 'last-event-id': String(last) }
      const stream = await client().stream(routes.streamJobEvents, { params: { id } }, { headers })
      awaySince = undefined
      for await (const data of serverSentEvents(stream)) {
        const event = JSON.parse(data) as JobEvent
        last = event.seq
        yield event
        if (hasEnded(event)) return
      }
    } catch (error) {
      awaySince ??= performance.now()
      if (!isOutage(error) || performance.now() - awaySince > longestOutage_ms) throw error
    }
    await sleep(reconnect_ms)
  }
}

export const hasEnded = ({ name }: JobEvent): boolean => /^job\.(succeeded|failed|cancelled)$/.test(name)

/** Asks again while the server is away. */
export const onceBack = async <T>(question: () => Promise<T>): Promise<T> => {
  const askedAt = performance.now()
  for (;;) {
    try {
      return await question()
    } catch (error) {
      if (!isOutage(error) || performance.now() - askedAt > longestOutage_ms) throw error
      await sleep(reconnect_ms)
    }
  }
}

/** No answer, an answer cut short, or a server that has lost its database. */
const isOutage = (error: unknown): boolean =>
  error instanceof ApiError
    ? error.code === 'unreachable' || error.code === 'internal_error'
    : ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '')
