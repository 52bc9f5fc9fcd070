import { away_ms } from '../../webhooks/back-off'
import type { Answer } from '../../webhooks/send'

/**
 * What an answer to a callback means. `refused` and `failed` end it; `retry` says after how many milliseconds, and
 * whether the receiver is there but not ready yet, or away.
 */
export type Verdict =
  | { verdict: 'delivered' }
  | { verdict: 'refused' | 'failed'; reason: string }
  | { verdict: 'retry'; because: 'not_yet' | 'away'; delay_ms: number; reason: string }

/** What came before this answer. */
export interface Tries {
  /** since the first of the answers in a row that said "not yet"; 0: this is the first */
  not_yet_ms: number
  /** earlier tries that found the receiver away */
  away_tries: number
}

const minute = 60_000

/** n8n has not yet stored that the execution waits: it will in a moment, and the call would be lost. */
const notParkedYet = /is running already/i
/** The execution has ended, however it did. */
const isOver = /finished/i

/** As long again as it has taken so far, within these bounds. */
const longer = (soFar_ms: number, least_ms: number, most_ms: number): number =>
  Math.min(most_ms, Math.max(least_ms, soFar_ms))

/**
 * The one place that decides what a callback's answer means. Its cases are those of n8n's waiting webhooks, which any
 * receiver can follow: 2xx took it, 409 "is running already" is not there yet, 409 "finished" and 410 are past, 401
 * does not know the caller, 404 may be a moment too early. Everything else is a receiver that may come back. The two
 * kinds of retry are counted apart: a receiver that was slow to park still gets its three days when it is away.
 */
export const classifyAnswer = ({ status, text }: Answer, { not_yet_ms, away_tries }: Tries): Verdict => {
  if (status !== null && status >= 200 && status < 300) return { verdict: 'delivered' }
  const reason = status === null ? text : `HTTP ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`
  if (status === 409 && notParkedYet.test(text)) {
    if (not_yet_ms >= 10 * minute) return { verdict: 'failed', reason: `still running after 10 minutes. ${reason}` }
    return { verdict: 'retry', because: 'not_yet', delay_ms: longer(not_yet_ms, 20, 5000), reason }
  }
  if (status === 409 && isOver.test(text)) return { verdict: 'refused', reason }
  if (status === 410) return { verdict: 'refused', reason }
  if (status === 401) {
    return { verdict: 'refused', reason: `${reason}. The token in callback_url is not the receiver's: send it anew.` }
  }
  if (status === 404) {
    if (not_yet_ms >= 2 * minute) return { verdict: 'refused', reason }
    return { verdict: 'retry', because: 'not_yet', delay_ms: longer(not_yet_ms, 500, 15_000), reason }
  }
  const delay_ms = away_ms[away_tries]
  if (delay_ms === undefined) return { verdict: 'failed', reason: `given up after ${away_tries + 1} tries. ${reason}` }
  return { verdict: 'retry', because: 'away', delay_ms, reason }
}

/**
 * What a ping tells: somebody waits, nobody does, or nothing. A receiver that is away may come back, and an answer that
 * n8n never gives says nothing about an execution.
 */
export const classifyPing = ({ status, text }: Answer): 'waits' | 'nobody' | 'unknown' => {
  if (status === null) return 'unknown'
  if (status >= 200 && status < 300) return 'waits'
  if (status === 409) return notParkedYet.test(text) ? 'waits' : isOver.test(text) ? 'nobody' : 'unknown'
  return status === 404 || status === 410 || status === 401 ? 'nobody' : 'unknown'
}
