import type { AxiosInstance } from 'axios'
import type { Readable } from 'node:stream'
import { Webhook } from 'standardwebhooks'
import { outgoingError } from '../outgoing/http'

/** What a receiver answered; `status` null: it was not reached, and `text` says why. */
export interface Answer {
  status: number | null
  text: string
}

export interface Message {
  /** the same for every try of one message */
  id: string
  url: string
  /** `whsec_…` */
  secret: string
  body: Record<string, unknown>
}

/** Of an answer only so much is read, whatever its length: its status alone says whether the message was taken. */
const readBytes = 65_536
/** Of an answer only so much is kept. */
const keptCharacters = 2000
/** Longest wait for a whole answer, in milliseconds. */
const timeout_ms = 10_000

/**
 * POSTs a message, signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`), without
 * following redirects, in at most 10 s. Never throws: a receiver that is not reached, or not allowed, is an answer too.
 */
export const send = async (http: AxiosInstance, { id, url, secret, body }: Message): Promise<Answer> => {
  const text = JSON.stringify(body)
  const now = new Date()
  const tooLate = AbortSignal.timeout(timeout_ms)
  try {
    const { status, data } = await http.post<Readable>(url, text, {
      responseType: 'stream',
      signal: tooLate,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, now, text),
      },
    })
    return { status, text: (await beginningOf(data)).slice(0, keptCharacters) }
  } catch (error) {
    if (tooLate.aborted) return { status: null, text: `no answer within ${timeout_ms / 1000} s` }
    const cause = outgoingError(error)
    return { status: null, text: (cause instanceof Error ? cause.message : String(cause)).slice(0, keptCharacters) }
  }
}

/** The beginning of an answer's text. One that breaks off is as long as what came: its status has been given. */
const beginningOf = async (answer: Readable): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= readBytes) break
    }
  } catch (error) {
    chunks.push(Buffer.from(` (the answer broke off: ${error instanceof Error ? error.message : String(error)})`))
  }
  return Buffer.concat(chunks).subarray(0, readBytes).toString('utf8')
}
