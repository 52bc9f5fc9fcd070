import { durationBounds_s } from '../contract/traffic'

/** Tokens that one deployment served in an interval, apart by model and by the job that asked. */
export interface ServedTokens {
  projectId: string
  deploymentId: string
  /** model id or base name */
  model: string
  /** the job whose handler called; null for calls from outside */
  jobId: string | null
  promptTokens: number
  completionTokens: number
  requests: number
  /** of all requests together, those side by side too */
  busySeconds: number
  /** requests by class of duration: one more than `durationBounds_s` has bounds */
  durations: readonly number[]
  startedAt: Date
  endedAt: Date
}
export interface Serving extends Pick<
  ServedTokens,
  'projectId' | 'deploymentId' | 'model' | 'jobId' | 'promptTokens' | 'completionTokens'
> {
  /** from the call of the engine to the end of its answer */
  seconds: number
}
export interface Meter {
  add(served: Serving): void
  /** Hands over what was counted so far; what is refused is kept for the next time. */
  flush(): Promise<void>
  /** Flushes for the last time. */
  close(): Promise<void>
}

export interface MeterOptions {
  /** Gets each interval once; when it throws, the same counts come again with the next flush. */
  onTokens: (served: ServedTokens[]) => Promise<void>
  onError: (error: Error) => void
  /** between two flushes; 3000 by default */
  flushMs?: number
}

/** Counts tokens in memory, so that the hot path writes nothing, and hands them over every few seconds. */
export const openMeter = ({ onTokens, onError, flushMs = 3000 }: MeterOptions): Meter => {
  let counts = new Map<string, ServedTokens>()
  let flushing = Promise.resolve()

  const merge = (served: ServedTokens): void => {
    const key = JSON.stringify([served.projectId, served.deploymentId, served.model, served.jobId])
    const known = counts.get(key)
    counts.set(
      key,
      known === undefined
        ? served
        : {
            ...served,
            promptTokens: known.promptTokens + served.promptTokens,
            completionTokens: known.completionTokens + served.completionTokens,
            requests: known.requests + served.requests,
            busySeconds: known.busySeconds + served.busySeconds,
            durations: known.durations.map((count, at) => count + (served.durations[at] ?? 0)),
            startedAt: known.startedAt < served.startedAt ? known.startedAt : served.startedAt,
            endedAt: known.endedAt > served.endedAt ? known.endedAt : served.endedAt,
          },
    )
  }
  const handOver = async (): Promise<void> => {
    if (counts.size === 0) return
    const taken = [...counts.values()]
    counts = new Map()
    try {
      await onTokens(taken)
    } catch (error) {
      for (const served of taken) merge(served)
      onError(error as Error)
    }
  }
  const flush = (): Promise<void> => (flushing = flushing.then(handOver))
  const timer = setInterval(() => void flush(), flushMs)

  return {
    add({ seconds, ...served }) {
      const now = new Date()
      merge({
        ...served,
        requests: 1,
        busySeconds: seconds,
        durations: oneOf(seconds),
        startedAt: now,
        endedAt: now,
      })
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}

/** One request, in its class of duration. */
const oneOf = (seconds: number): number[] => {
  const own = durationBounds_s.findIndex((bound) => seconds <= bound)
  const last = durationBounds_s.length
  return Array.from({ length: last + 1 }, (_count, at) => Number(at === (own === -1 ? last : own)))
}
