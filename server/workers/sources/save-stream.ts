import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ForgeError } from '../../contract/errors'

export interface SaveOptions {
  path: string
  /** More bytes end it with `source_too_large`. */
  limitBytes: number
  /** As the sender announced, or null. */
  announcedBytes: number | null
  /** Longest time without a byte; null = no limit. */
  stall_ms: number | null
  signal: AbortSignal
}

const tooLarge = (limitBytes: number): ForgeError =>
  new ForgeError('source_too_large', {
    detail: `The source is larger than ${limitBytes} bytes, the FORGE_UPLOAD_LIMIT_BYTES of the worker.`,
  })

/**
 * Streams to a file, counting and hashing. Throws ForgeError `source_too_large`, the reason of the signal, or an
 * Error when the stream stalls, breaks, or ends before the announced size.
 */
export const saveStream = async (
  body: Readable,
  { path, limitBytes, announcedBytes, stall_ms, signal }: SaveOptions,
): Promise<{ bytes: number; sha256: string }> => {
  const hash = createHash('sha256')
  let bytes = 0
  const stalled = new AbortController()
  const timer =
    stall_ms === null
      ? null
      : setTimeout(() => stalled.abort(new Error(`no byte arrived for ${stall_ms / 1000} s`)), stall_ms)
  const counting = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      timer?.refresh()
      bytes += chunk.length
      hash.update(chunk)
      if (bytes > limitBytes) done(tooLarge(limitBytes))
      else done(null, chunk)
    },
  })
  try {
    if (announcedBytes !== null && announcedBytes > limitBytes) throw tooLarge(limitBytes)
    await pipeline(body, counting, createWriteStream(path), { signal: AbortSignal.any([signal, stalled.signal]) })
  } catch (error) {
    signal.throwIfAborted()
    stalled.signal.throwIfAborted()
    throw error
  } finally {
    if (timer !== null) clearTimeout(timer)
    body.destroy()
  }
  if (announcedBytes !== null && bytes !== announcedBytes)
    throw new Error(`it ended after ${bytes} of ${announcedBytes} bytes`)
  return { bytes, sha256: hash.digest('hex') }
}
