import { createReadStream } from 'node:fs'
import { IngestError } from './ingest-error'
import { maxColumns, maxRowBytes, type Source } from './source-row'
import { readHead } from './scan-bytes'
import { Utf8Check } from './utf8-check'

/** What a look at every byte of a CSV file tells before DuckDB reads it. Records are numbered from 0 after the header. */
export interface CsvScan {
  delimiter: string
  columns: string[]
  records: number
  /** Records with too few or too many cells or too many bytes: number → what is wrong. */
  bad: Map<number, string>
  /** Those of `bad` that DuckDB leaves out by itself; the others it cuts to the width of the header. */
  leftOut: Set<number>
  longestRecordBytes: number
}

const quote = 0x22
const lineFeed = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** The delimiter that is most frequent in the header, outside quotes. */
const guessDelimiter = (head: Buffer): string => {
  const counts = new Map([
    [',', 0],
    [';', 0],
    ['\t', 0],
    ['|', 0],
  ])
  let quoted = false
  for (const char of head.toString('utf8')) {
    if (char === '"') quoted = !quoted
    else if (!quoted && (char === '\n' || char === '\r')) break
    else if (!quoted && counts.has(char)) counts.set(char, (counts.get(char) ?? 0) + 1)
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}

/** Cells of the header: unnamed ones get `column_<n>`, repeated ones a number. */
const headerNames = (text: string, delimiter: string): string[] => {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (quoted && char === '"' && text[at + 1] === '"') {
      cell += '"'
      at += 1
    } else if (char === '"') quoted = !quoted
    else if (!quoted && char === delimiter) {
      cells.push(cell)
      cell = ''
    } else cell += char
  }
  cells.push(cell)
  const seen = new Set<string>()
  return cells.map((raw, index) => {
    const name = raw.trim() === '' ? `column_${index + 1}` : raw.trim()
    let unique = name
    // DuckDB compares names without regard to case
    for (let n = 2; seen.has(unique.toLowerCase()); n++) unique = `${name}_${n}`
    seen.add(unique.toLowerCase())
    return unique
  })
}

/**
 * Walks a CSV file byte by byte: UTF-8, quotes, width of each record. DuckDB reads the cells; this pass exists
 * because its messages name neither the line nor the column of what is wrong.
 * Throws `empty_file`, `not_utf8`, `csv_broken_quotes` (with the line), `too_many_columns`.
 */
export const scanCsv = async (source: Source, signal: AbortSignal): Promise<CsvScan> => {
  const delimiter = guessDelimiter(await readHead(source.path, 1024 * 1024))
  const separator = delimiter.charCodeAt(0)
  const utf8 = new Utf8Check(source.filename)
  const header: Buffer[] = []
  const scan: CsvScan = {
    delimiter,
    columns: [],
    records: 0,
    bad: new Map(),
    leftOut: new Set(),
    longestRecordBytes: 0,
  }

  const inHeader = () => scan.columns.length === 0
  let line = 1
  let quoteLine = 0
  let cells = 1
  let bytes = 0
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
  let lastWasReturn = false
  let firstChunk = true

  const brokenQuotes = (detail: string): never => {
    throw new IngestError(
      'csv_broken_quotes',
      `${source.filename} line ${quoteLine}: the quote opened here is ${detail}.`,
      'Write a quote inside a quoted cell as two quotes (""), and close each quoted cell before the next delimiter.',
    )
  }
  const endHeader = () => {
    scan.columns = headerNames(Buffer.concat(header).toString('utf8'), delimiter)
    if (scan.columns.length > maxColumns) {
      throw new IngestError(
        'too_many_columns',
        `${source.filename} has ${scan.columns.length} columns; at most ${maxColumns} are read.`,
        'Remove the columns that are not needed, or check that the delimiter is right.',
      )
    }
  }
  const endRecord = () => {
    // a blank line is no record
    if (bytes > 0) {
      if (inHeader()) endHeader()
      else {
        const width = scan.columns.length
        if (bytes > maxRowBytes) scan.bad.set(scan.records, `longer than ${maxRowBytes} bytes`)
        else if (cells !== width) scan.bad.set(scan.records, `${cells} cells where the header has ${width}`)
        if (bytes > maxRowBytes || cells < width) scan.leftOut.add(scan.records)
        else scan.longestRecordBytes = Math.max(scan.longestRecordBytes, bytes)
        scan.records += 1
      }
    }
    cells = 1
    bytes = 0
    state = 'start'
  }

  for await (const chunk of createReadStream(source.path, {
    highWaterMark: 256 * 1024,
    signal,
  }) as AsyncIterable<Buffer>) {
    utf8.push(chunk)
    const from = firstChunk && chunk.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
    firstChunk = false
    let headerStart = inHeader() ? from : -1
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      const isBreak = byte === lineFeed || byte === carriageReturn
      if (byte === lineFeed && lastWasReturn) {
        // the second half of a Windows line break
        lastWasReturn = false
        if (state === 'quoted') bytes += 1
        continue
      }
      lastWasReturn = byte === carriageReturn
      if (isBreak) line += 1
      if (state === 'quoted') {
        bytes += 1
        if (byte === quote) state = 'closed'
      } else if (isBreak) {
        if (headerStart >= 0) {
          header.push(chunk.subarray(headerStart, at))
          headerStart = bytes > 0 ? -1 : at + 1
        }
        endRecord()
      } else {
        bytes += 1
        if (byte === separator) {
          cells += 1
          state = 'start'
        } else if (byte === quote) {
          if (state === 'start') quoteLine = line
          // after a closing quote this is the second of a doubled one
          if (state !== 'plain') state = 'quoted'
        } else if (state === 'closed') {
          brokenQuotes(`closed in the middle of its cell, on line ${line}`)
        } else if (state === 'start') {
          state = 'plain'
        }
      }
    }
    if (headerStart >= 0) header.push(Buffer.from(chunk.subarray(headerStart)))
  }
  utf8.end()
  if ((state as string) === 'quoted') brokenQuotes('never closed')
  endRecord()
  if (scan.records === 0) {
    throw new IngestError(
      'empty_file',
      `${source.filename} has ${scan.columns.length > 0 ? 'a header but no rows' : 'no content'}.`,
      'Export the file again with at least one row.',
    )
  }
  return scan
}
