import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Source } from './source-row'
import { Utf8Check } from './utf8-check'

/** The first bytes of a file, fewer if it is shorter. */
export const readHead = async (path: string, bytes: number): Promise<Buffer> => {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Reads the file once and throws `not_utf8` at its first wrong byte. */
export const checkUtf8File = async (source: Source, signal: AbortSignal): Promise<void> => {
  const check = new Utf8Check(source.filename)
  for await (const chunk of createReadStream(source.path, { signal }) as AsyncIterable<Buffer>) check.push(chunk)
  check.end()
}
