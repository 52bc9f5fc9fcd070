import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import { ingestOptions, trainingRow, type TrainingRow } from '../../../../server/contract/ingest'
import type { AppendedRows } from '../../../../server/steps/ingest/appended-rows'
import { runIngest, type IngestProgress } from '../../../../server/steps/ingest/run-ingest'
import type { Source } from '../../../../server/steps/ingest/source-row'

export const fixture = (filename: string): Source => ({
  path: join(__dirname, '../../../fixtures', filename),
  filename,
})

export const readRows = (path: string): TrainingRow[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => trainingRow.parse(JSON.parse(line)))

/** A folder of its own for each test; `close` removes it. */
export const workspace = () => {
  const folder = mkdtempSync(join(tmpdir(), 'forge-ingest-'))
  let runs = 0
  const progress: IngestProgress[] = []
  return {
    folder,
    progress,
    file(filename: string, content: string | Buffer): Source {
      const path = join(folder, filename)
      writeFileSync(path, content)
      return { path, filename }
    },
    ingest(
      sources: Source | Source[],
      options: z.input<typeof ingestOptions> = {},
      signal = new AbortController().signal,
      appendTo?: AppendedRows,
    ) {
      return runIngest({
        ...(appendTo ? { appendTo } : {}),
        sources: [sources].flat(),
        options: ingestOptions.parse(options),
        outDir: join(folder, `out-${++runs}`),
        signal,
        onProgress: (step) => progress.push(step),
      })
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}
export type Workspace = ReturnType<typeof workspace>
