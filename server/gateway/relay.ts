import { Readable } from 'node:stream'
import { ForgeError } from '../contract/errors'
import { EventRewriter, type StreamRewrite, type TokenCount } from './event-stream'

export interface RelayOptions {
  signal: AbortSignal
  /** Called once, when the stream ended, broke or was left. */
  onEnd: (tokens: TokenCount) => void
}

/**
 * An engine's events for the client. Resolves when the first one is there, so that until then the caller may ask
 * another engine; rejects when the engine ends before it. A later break becomes a last `error` event: the client must
 * not take half an answer for a whole one. Leaving the returned stream stops the engine.
 */
export const relay = async (
  body: Readable,
  rewrite: StreamRewrite,
  { signal, onEnd }: RelayOptions,
): Promise<Readable> => {
  const rewriter = new EventRewriter(rewrite)
  const source = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const nextText = async (): Promise<string | null> => {
    for (;;) {
      const step = await source.next()
      if (step.done === true) return null
      const text = rewriter.push(step.value)
      if (text !== '') return text
    }
  }
  const first = await nextText()
  if (first === null) throw new Error('the engine closed the connection without an answer')

  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    body.destroy()
    onEnd(rewriter.tokens)
  }
  const events = async function* (): AsyncGenerator<string> {
    yield first
    try {
      for (let text = await nextText(); text !== null; text = await nextText()) yield text
      yield rewriter.end()
    } catch (cause) {
      if (!signal.aborted) yield brokenOff(cause)
    }
  }
  const stream = Readable.from(events(), { objectMode: false, highWaterMark: 64 * 1024 })
  // `close` comes in every case, also when nobody ever read
  stream.once('close', end)
  return stream
}

const brokenOff = (cause: unknown): string => {
  const { code, message, hint } = new ForgeError('engine_failed', {
    detail: cause instanceof Error ? cause.message : String(cause),
  })
  return `data: ${JSON.stringify({ error: { code, message, param: null, type: 'server_error', hint } })}\n\n`
}
