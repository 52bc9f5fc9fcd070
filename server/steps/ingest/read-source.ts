import { stat } from 'node:fs/promises'
import { IngestError } from './ingest-error'
import { readCsv } from './read-csv'
import { readJsonl } from './read-jsonl'
import { readJsonArray, readParquet } from './read-objects'
import { readHead } from './scan-bytes'
import { scanCsv } from './scan-csv'
import { maxColumns, type RowBatch, type Source } from './source-row'

/** How the bytes are laid out, told by the bytes; the file's name is not trusted. */
const container = (head: Buffer): 'parquet' | 'json-array' | 'jsonl' | 'csv' => {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet'
  const first = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()[0]
  return first === '[' ? 'json-array' : first === '{' ? 'jsonl' : 'csv'
}

const open = async (source: Source, tempDir: string, signal: AbortSignal): Promise<AsyncGenerator<RowBatch>> => {
  const { size } = await stat(source.path)
  const head = await readHead(source.path, 4096)
  if (size === 0)
    throw new IngestError(
      'empty_file',
      `${source.filename} has no content.`,
      'Export the file again with at least one row.',
    )
  switch (container(head)) {
    case 'parquet':
      return readParquet(source, tempDir, signal)
    case 'json-array':
      return readJsonArray(source, tempDir, signal)
    case 'jsonl':
      return readJsonl(source, signal)
    case 'csv':
      return readCsv(source, await scanCsv(source, signal), tempDir, signal)
  }
}

/**
 * The rows of a CSV, JSONL, JSON or Parquet file in order, in batches of some thousand at most.
 * Throws `empty_file`, `not_utf8`, `csv_broken_quotes`, `too_many_columns`; a faulty row comes as its `problem`.
 */
export async function* readSource(source: Source, tempDir: string, signal: AbortSignal): AsyncGenerator<RowBatch> {
  let rows = 0
  for await (const batch of await open(source, tempDir, signal)) {
    signal.throwIfAborted()
    rows += batch.rows.length
    for (const row of batch.rows) {
      const width = 'cells' in row ? Object.keys(row.cells).length : 0
      if (width > maxColumns) {
        throw new IngestError(
          'too_many_columns',
          `${row.place} has ${width} columns; at most ${maxColumns} are read.`,
          'Remove the columns that are not needed.',
        )
      }
    }
    if (batch.rows.length > 0) yield batch
  }
  if (rows === 0)
    throw new IngestError(
      'empty_file',
      `${source.filename} has no rows.`,
      'Export the file again with at least one row.',
    )
}
