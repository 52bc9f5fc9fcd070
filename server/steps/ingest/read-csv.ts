import { IngestError } from './ingest-error'
import { sqlText, withDuckdb } from './duckdb'
import type { CsvScan } from './scan-csv'
import type { RowBatch, Source, SourceRow } from './source-row'

const selectAll = (source: Source, scan: CsvScan): string => {
  const columns = scan.columns.map((name) => `${sqlText(name)}: 'VARCHAR'`).join(', ')
  const maxLine = Math.max(64 * 1024, scan.longestRecordBytes + 1024)
  // Not strict: strict mode silently drops rows whose line break differs from the first one. `scanCsv` has
  // refused broken quotes already, and knows the rows that are left out or cut short here.
  return `SELECT * FROM read_csv(${sqlText(source.path)}, auto_detect = false, header = true, columns = {${columns}},
    delim = ${sqlText(scan.delimiter)}, quote = '"', escape = '"', strict_mode = false, ignore_errors = true,
    null_padding = false, parallel = false, max_line_size = ${maxLine}, buffer_size = ${maxLine * 16})`
}

/** The rows of a scanned CSV file; every cell is a string, '' where it is empty. */
export async function* readCsv(
  source: Source,
  scan: CsvScan,
  tempDir: string,
  signal: AbortSignal,
): AsyncGenerator<RowBatch> {
  let record = 0
  const bad = (problem: string): SourceRow => ({ place: `${source.filename} row ${++record}`, problem })
  const leftOut = (): SourceRow[] => {
    const rows: SourceRow[] = []
    while (scan.leftOut.has(record)) rows.push(bad(scan.bad.get(record) ?? 'unreadable'))
    return rows
  }

  yield* withDuckdb(tempDir, async function* (connection) {
    const result = await connection.stream(selectAll(source, scan))
    for await (const chunk of result.yieldRowsJs()) {
      signal.throwIfAborted()
      const rows: SourceRow[] = []
      for (const values of chunk) {
        rows.push(...leftOut())
        const problem = scan.bad.get(record)
        if (problem !== undefined) {
          rows.push(bad(problem))
          continue
        }
        const cells: Record<string, unknown> = {}
        scan.columns.forEach((name, index) => (cells[name] = values[index] ?? ''))
        record += 1
        rows.push({ place: `${source.filename} row ${record}`, cells })
      }
      yield { rows, total: scan.records }
    }
    yield { rows: leftOut(), total: scan.records }
  })
  if (record !== scan.records) {
    throw new IngestError(
      'invalid_row',
      `${source.filename}: ${record} of ${scan.records} rows could be read.`,
      `Look at row ${record + 1} and those after it, or save the file as CSV again.`,
    )
  }
}
