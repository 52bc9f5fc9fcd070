import { readLines, type Line } from './read-lines'
import { maxRowBytes, type RowBatch, type Source, type SourceRow } from './source-row'

/** Parses one JSON object; says in words what is wrong otherwise. */
export const parseObject = (text: string): { cells: Record<string, unknown> } | { problem: string } => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { problem: `not valid JSON: ${(error as Error).message}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      problem: `a JSON object is needed, this is ${Array.isArray(value) ? 'an array' : JSON.stringify(value).slice(0, 40)}`,
    }
  }
  return { cells: value as Record<string, unknown> }
}

const toRow = (line: Line, filename: string): SourceRow => {
  const place = `${filename} line ${line.number}`
  return line.text === null
    ? { place, problem: `longer than ${maxRowBytes} bytes` }
    : { place, ...parseObject(line.text) }
}

/** One JSON object per line. Our own reader, because a fault must name its exact line. */
export async function* readJsonl(source: Source, signal: AbortSignal): AsyncGenerator<RowBatch> {
  for await (const lines of readLines(source, signal)) {
    yield { rows: lines.map((line) => toRow(line, source.filename)), total: null }
  }
}
