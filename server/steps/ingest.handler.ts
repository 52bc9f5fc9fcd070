import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ingestInput, type IngestInput } from '../contract/datasets'
import { StepFailed, type Handler, type Task } from './handler'
import { IngestError } from './ingest/ingest-error'
import { runIngest } from './ingest/run-ingest'
import type { Source } from './ingest/source-row'

/** Files come as blobs named by their file id; rows of the call itself become a JSONL file. */
const openSources = async ({ source }: IngestInput, { blobs, folder }: Task): Promise<Source[]> => {
  if (source.type === 'files') return await Promise.all(source.file_ids.map((id) => blobs.open(id)))
  const path = join(folder, 'rows.jsonl')
  await writeFile(path, source.rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return [{ path, filename: 'rows' }]
}

/** Turns files or rows into a dataset version: training rows, held-back rows and a report. */
export const ingest: Handler<'ingest'> = async (task) => {
  const input = ingestInput.parse(task.lease.input)
  const sources = await openSources(input, task)
  try {
    const { train, validation, report } = await runIngest({
      sources,
      options: input.options,
      outDir: join(task.folder, 'out'),
      signal: task.signal,
      onProgress: ({ step, total, unit }) =>
        task.report.progress({ step, total: total || null, unit, eta_seconds: null }),
    })
    return {
      kind: 'ingest',
      train: await task.blobs.upload(train.path, 'train.jsonl'),
      train_rows: train.rows,
      validation: validation === null ? null : await task.blobs.upload(validation.path, 'validation.jsonl'),
      validation_rows: validation?.rows ?? 0,
      report,
    }
  } catch (error) {
    if (!(error instanceof IngestError)) throw error
    throw new StepFailed('ingest_failed', `${error.message} ${error.hint}`, { cause: error })
  }
}
