import { EventEmitter } from 'node:events'
import { Client } from 'pg'

/** Wakes waiters by key. A signal is a hint that may be lost: who waits also looks again after the time it gave. */
export interface Signals {
  /** Resolves at the first signal for one of the keys, or after `ms`, or when `stop` aborts. */
  wait(keys: readonly string[], ms: number, stop?: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Listens on PostgreSQL's channel `forge`; a lost connection is made again with a growing pause of at most 5 s. */
export const listenForSignals = (url: string, onError: (error: Error) => void): Signals => {
  const emitter = new EventEmitter().setMaxListeners(0)
  let client: Client | null = null
  let closed = false
  let pauseMs = 100
  let timer: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const fresh = new Client({ connectionString: url, keepAlive: true, application_name: 'forge-signals' })
    const again = (): void => {
      if (closed || client !== fresh) return
      client = null
      timer = setTimeout(() => void connect(), pauseMs)
      pauseMs = Math.min(pauseMs * 2, 5000)
    }
    client = fresh
    fresh.on('error', (error) => {
      onError(error)
      again()
    })
    fresh.on('end', again)
    fresh.on('notification', ({ payload }) => payload && emitter.emit(payload))
    try {
      await fresh.connect()
      await fresh.query('listen forge')
      pauseMs = 100
    } catch (error) {
      onError(error as Error)
      again()
    }
  }
  void connect()

  return {
    wait: (keys, ms, stop) =>
      new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timeout)
          for (const key of keys) emitter.off(key, finish)
          stop?.removeEventListener('abort', finish)
          resolve()
        }
        const timeout = setTimeout(finish, ms)
        for (const key of keys) emitter.on(key, finish)
        stop?.addEventListener('abort', finish)
        if (stop?.aborted) finish()
      }),
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end()
    },
  }
}
