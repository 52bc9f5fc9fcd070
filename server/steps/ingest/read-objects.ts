import { IngestError } from './ingest-error'
import { sqlText, withDuckdb } from './duckdb'
import { parseObject } from './read-jsonl'
import { checkUtf8File } from './scan-bytes'
import type { RowBatch, Source } from './source-row'

/** Rows of a query whose one column is a JSON text, numbered from 1. */
async function* readJsonTexts(
  source: Source,
  sql: string,
  tempDir: string,
  signal: AbortSignal,
): AsyncGenerator<RowBatch> {
  let number = 0
  try {
    yield* withDuckdb(tempDir, async function* (connection) {
      const result = await connection.stream(sql)
      for await (const chunk of result.yieldRowsJs()) {
        signal.throwIfAborted()
        yield {
          rows: chunk.map(([text]) => {
            number += 1
            return { place: `${source.filename} row ${number}`, ...parseObject(text as string) }
          }),
          total: null,
        }
      }
    })
  } catch (error) {
    const detail = error instanceof Error ? error.message : ''
    if (!/Malformed JSON|Invalid Input|Parquet|No magic bytes|too small to be/i.test(detail)) throw error
    // DuckDB names the path of the blob; its owner knows the file by another name
    const reason = (detail.split('\n')[0] ?? '').replaceAll(source.path, source.filename)
    throw new IngestError(
      'invalid_row',
      `${source.filename} cannot be read after row ${number}: ${reason}`,
      'The file is damaged or cut off: export it again.',
    )
  }
}

/** A `.json` file that is one array of objects. */
export async function* readJsonArray(source: Source, tempDir: string, signal: AbortSignal): AsyncGenerator<RowBatch> {
  await checkUtf8File(source, signal)
  yield* readJsonTexts(
    source,
    `SELECT json::VARCHAR FROM read_json_objects(${sqlText(source.path)}, format = 'array')`,
    tempDir,
    signal,
  )
}

/** Parquet: lists and structs (a `messages` column) come through as JSON. */
export async function* readParquet(source: Source, tempDir: string, signal: AbortSignal): AsyncGenerator<RowBatch> {
  yield* readJsonTexts(
    source,
    `SELECT to_json(r)::VARCHAR FROM read_parquet(${sqlText(source.path)}) AS r`,
    tempDir,
    signal,
  )
}
