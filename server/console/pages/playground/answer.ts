import type { ChatCompletion } from '../../../contract/chat'
import type { ErrorCode } from '../../../contract/errors'
import { ApiError } from '../../api/client'

export type ChatUsage = ChatCompletion['usage']

/** One model's answer, as far as it has come. Times are the browser's own, in milliseconds. */
export interface Answer {
  state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  text: string
  /** why the model ended, in OpenAI's words */
  finish: string | null
  usage: ChatUsage | null
  error: unknown
  askedAt: number
  firstAt: number | null
  endedAt: number | null
}

export const asked = (now: number): Answer => ({
  state: 'waiting',
  text: '',
  finish: null,
  usage: null,
  error: null,
  askedAt: now,
  firstAt: null,
  endedAt: null,
})

interface Chunk {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[]
  usage?: ChatUsage | null
  error?: { code: ErrorCode; message: string; hint: string }
}

/** The answer with what one event of its stream adds. Throws ApiError where the engine broke off. */
export const withEvent = (before: Answer, data: string, now: number): Answer => {
  if (data === '[DONE]') return before
  const { choices = [], usage, error } = JSON.parse(data) as Chunk
  if (error) throw new ApiError(error.code, error)
  const [choice] = choices
  const piece = choice?.delta?.content ?? ''
  return {
    ...before,
    state: 'streaming',
    text: before.text + piece,
    finish: choice?.finish_reason ?? before.finish,
    usage: usage ?? before.usage,
    firstAt: before.firstAt ?? (piece === '' ? null : now),
  }
}

export const ended = (
  before: Answer,
  state: 'done' | 'stopped' | 'failed',
  now: number,
  error: unknown = null,
): Answer => ({
  ...before,
  state,
  error,
  endedAt: now,
})

export interface Pace {
  seconds: number
  /** until the first piece came: the queue, a model that is loaded, and the reading of the prompt */
  firstSeconds: number | null
  /** from the first piece to the last; null where there is no second token to measure by */
  tokensPerSecond: number | null
}

/** How long an answer took; null before its end. */
export const paceOf = ({ askedAt, firstAt, endedAt, usage }: Answer): Pace | null => {
  if (endedAt === null) return null
  const writing = firstAt === null ? 0 : (endedAt - firstAt) / 1000
  const later = (usage?.completion_tokens ?? 0) - 1
  return {
    seconds: (endedAt - askedAt) / 1000,
    firstSeconds: firstAt === null ? null : (firstAt - askedAt) / 1000,
    tokensPerSecond: later > 0 && writing > 0 ? later / writing : null,
  }
}

/** Whether a text is JSON, as what was made by a schema must be unless it was cut off. */
export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
