import { createReadStream } from 'node:fs'
import { Utf8Check } from './utf8-check'
import { maxRowBytes, type Source } from './source-row'

/** A line without its line break. `text` is null when the line is longer than `maxRowBytes`. */
export interface Line {
  number: number
  text: string | null
}

const newline = 0x0a

/**
 * The lines of a UTF-8 file in batches of one read each, numbered from 1; blank lines are numbered and left out.
 * Memory is one read (256 KiB) plus the line under way. Throws `not_utf8`.
 */
export async function* readLines(source: Source, signal: AbortSignal): AsyncGenerator<Line[]> {
  const utf8 = new Utf8Check(source.filename)
  let number = 0
  let rest: Buffer[] = []
  let restBytes = 0
  let tooLong = false

  const line = (end: Buffer): Line | null => {
    number += 1
    const bytes = restBytes > 0 ? Buffer.concat([...rest, end]) : end
    const failed = tooLong || bytes.length > maxRowBytes
    rest = []
    restBytes = 0
    tooLong = false
    if (failed) return { number, text: null }
    const text = bytes.toString('utf8')
    const clean = number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text
    return clean.trim() === '' ? null : { number, text: clean }
  }

  for await (const chunk of createReadStream(source.path, {
    highWaterMark: 256 * 1024,
    signal,
  }) as AsyncIterable<Buffer>) {
    utf8.push(chunk)
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const found = line(chunk.subarray(start, end))
      if (found) lines.push(found)
      start = end + 1
    }
    if (start < chunk.length) {
      restBytes += chunk.length - start
      if (restBytes > maxRowBytes) {
        // keep no bytes of a line that will be refused anyway
        tooLong = true
        rest = []
        restBytes = 1
      } else {
        rest.push(chunk.subarray(start))
      }
    }
    if (lines.length > 0) yield lines
  }
  utf8.end()
  if (restBytes > 0) {
    const last = line(Buffer.alloc(0))
    if (last) yield [last]
  }
}
