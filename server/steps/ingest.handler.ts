import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ingestInput, type IngestInput } from '../contract/datasets'
import type { SourceBytes } from '../contract/ingest'
import { StepFailed, type Handler, type Task } from './handler'
import type { AppendedRows } from './ingest/appended-rows'
import { IngestError } from './ingest/ingest-error'
import { runIngest } from './ingest/run-ingest'
import type { Source } from './ingest/source-row'

type OpenSource = Source & SourceBytes

const openBlob = async (name: string, type: 'files' | 'dataset', { blobs, lease }: Task): Promise<OpenSource> => {
  const { path, filename } = await blobs.open(name)
  const { bytes = 0, sha256 = '' } = lease.blobs.find((blob) => blob.name === name) ?? {}
  return { path, filename, type, location: filename, bytes, sha256 }
}

/** Rows of the call itself become a JSONL file. */
const writeRows = async (rows: readonly unknown[], folder: string): Promise<OpenSource> => {
  const path = join(folder, 'rows.jsonl')
  const lines = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await writeFile(path, lines)
  const sha256 = createHash('sha256').update(lines).digest('hex')
  return { path, filename: 'rows', type: 'rows', location: 'rows', bytes: lines.length, sha256 }
}

/** Files and datasets come as blobs that the lease names; the network is the worker's to fetch from. */
const openSources = async ({ source }: IngestInput, task: Task): Promise<OpenSource[]> => {
  switch (source.type) {
    case 'files':
      return await Promise.all(source.file_ids.map((id) => openBlob(id, 'files', task)))
    case 'rows':
      return [await writeRows(source.rows, task.folder)]
    case 'dataset': {
      const parts = ['train', 'validation'].filter((name) => task.blobs.has(name))
      return await Promise.all(parts.map((name) => openBlob(name, 'dataset', task)))
    }
    default:
      return [{ ...(await task.fetchSource(source)), type: source.type }]
  }
}

const openAppendedTo = async ({ blobs }: Task): Promise<AppendedRows> => ({
  train: await blobs.open('appended_train'),
  validation: blobs.has('appended_validation') ? await blobs.open('appended_validation') : null,
})

/** Turns files, rows, a dataset or a source on the network into a dataset version: training rows, held-back rows, report. */
export const ingest: Handler<'ingest'> = async (task) => {
  const input = ingestInput.parse(task.lease.input)
  const { append_to: appendTo } = task.lease
  const sources = await openSources(input, task)
  try {
    const { train, validation, report } = await runIngest({
      sources,
      ...(appendTo === null ? {} : { appendTo: await openAppendedTo(task) }),
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
      report: {
        ...report,
        appended_to: appendTo,
        sources: sources.map(({ type, location, bytes, sha256 }) => ({ type, location, bytes, sha256 })),
      },
    }
  } catch (error) {
    if (!(error instanceof IngestError)) throw error
    throw new StepFailed('ingest_failed', `${error.message} ${error.hint}`, { cause: error })
  }
}
