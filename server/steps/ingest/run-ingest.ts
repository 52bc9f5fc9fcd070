import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { IngestOptions, IngestReport, TrainingRow } from '../../contract/ingest'
import { spoolAppendedTo, type AppendedRows } from './appended-rows'
import type { Outcome, RowMaker } from './candidate'
import { IngestError } from './ingest-error'
import { loadLanguages } from './language'
import { percentiles } from './lengths'
import { LineFile } from './line-file'
import { readLines } from './read-lines'
import { readSource } from './read-source'
import { makeRows } from './row-maker'
import { chosenRows, validationThreshold } from './selection'
import type { RowBatch, Source } from './source-row'
import { Spool, type RowNote } from './spool'
import { count, Tally } from './tally'

export interface IngestProgress {
  /** Source rows read so far. */
  step: number
  /** null while only reading to the end would tell. */
  total: number | null
  unit: 'rows'
}

export interface IngestRequest {
  sources: readonly Source[]
  /** The version that the new one begins with. */
  appendTo?: AppendedRows
  options: IngestOptions
  /** Receives `train.jsonl` and, if rows are held back, `validation.jsonl`; is made if it does not exist. */
  outDir: string
  signal: AbortSignal
  /** Called once per batch of some hundred to some thousand rows. */
  onProgress: (progress: IngestProgress) => void
}

export interface IngestResult {
  train: { path: string; rows: number }
  validation: { path: string; rows: number } | null
  /** Without `sources` and `appended_to`: where the bytes came from is the caller's to say. */
  report: Omit<IngestReport, 'sources' | 'appended_to'>
}

/** The names of all columns in a batch: JSON rows need not have the same ones. */
const columnsOf = (batch: RowBatch): string[] => {
  const names = new Set<string>()
  for (const row of batch.rows) if ('cells' in row) Object.keys(row.cells).forEach((name) => names.add(name))
  return [...names]
}

/** Reads all sources into the spool. */
const spoolSources = async (
  { sources, options, signal, onProgress }: IngestRequest,
  tempDir: string,
  tally: Tally,
  spool: Spool,
) => {
  const settle = async (outcomes: Outcome[], place: string) => {
    for (const outcome of outcomes) {
      if ('candidate' in outcome) await spool.add(outcome.candidate, place)
      else if ('dropped' in outcome) tally.drop(outcome.dropped, outcome.place, outcome.problem)
      else if ('product' in outcome) tally.products = (tally.products ?? 0) + 1
      else tally.variantRows += 1
    }
  }
  for (const source of sources) {
    let maker: RowMaker | null = null
    for await (const batch of readSource(source, tempDir, signal)) {
      for (const row of batch.rows) {
        tally.rowsIn += 1
        if ('problem' in row) {
          tally.drop('invalid_row', row.place, row.problem)
          continue
        }
        if (maker === null) {
          const columns = columnsOf(batch)
          columns.forEach((name) => tally.columns.add(name))
          const made = makeRows(source.filename, columns, options)
          tally.formats[source.filename] = made.format
          if (made.format.endsWith('-products')) tally.products ??= 0
          maker = made.maker
        }
        await settle(maker.push(row), row.place)
      }
      onProgress({ step: tally.rowsIn, total: sources.length === 1 ? batch.total : null, unit: 'rows' })
    }
    await settle(maker?.end() ?? [], source.filename)
  }
}

/** Second half: chooses among the spooled rows and deals them out to the two sides. */
const dealRows = async (
  spoolPath: string,
  notes: readonly RowNote[],
  { appendTo, options, outDir, signal }: IngestRequest,
) => {
  const keep = chosenRows(notes, options.max_rows)
  const kept = notes.filter((_note, index) => keep[index])
  // what is appended to has both sides, or had none to hold back: a group's side then depends on nothing but itself
  const threshold = appendTo
    ? options.validation_split
    : validationThreshold(
        kept.map((note) => note.groupFraction),
        options.validation_split,
      )
  const isHeldBack = ({ side, groupFraction }: RowNote): boolean =>
    side === null ? groupFraction < threshold : side === 'validation'
  const train = await LineFile.create(join(outDir, 'train.jsonl'))
  const validation = kept.some(isHeldBack) ? await LineFile.create(join(outDir, 'validation.jsonl')) : null
  const sample: TrainingRow[] = []
  try {
    let index = 0
    for await (const lines of readLines({ path: spoolPath, filename: 'spool' }, signal)) {
      for (const { text } of lines) {
        const note = notes[index]
        const chosen = keep[index]
        index += 1
        if (!chosen || note === undefined || text === null) continue
        if (sample.length < 3) sample.push(JSON.parse(text) as TrainingRow)
        await (validation !== null && isHeldBack(note) ? validation : train).write(text)
      }
    }
    await train.finish()
    await validation?.finish()
  } finally {
    await train.abandon()
    await validation?.abandon()
  }
  return { kept, train, validation, sample }
}

type Dealt = Awaited<ReturnType<typeof dealRows>>

const writeReport = (
  tally: Tally,
  spool: Spool,
  options: IngestOptions,
  { kept, train, validation, sample }: Dealt,
): IngestResult['report'] => {
  const languages: Record<string, number> = {}
  const channels: Record<string, number> = {}
  for (const { language, channel } of kept) {
    count(languages, language)
    if (channel !== null) count(channels, channel)
  }
  const overMax = spool.notes.length - kept.length
  return {
    formats: tally.formats,
    rows_in: tally.rowsIn,
    products: tally.products,
    variant_rows: tally.variantRows,
    candidate_rows: tally.candidates,
    rows_kept: kept.length,
    train_rows: train.rows,
    validation_rows: validation?.rows ?? 0,
    rows_dropped: { ...tally.dropped, ...(overMax > 0 ? { over_max_rows: overMax } : {}) },
    duplicates: tally.dropped.duplicate ?? 0,
    first_problems: tally.problems,
    languages,
    channels,
    languages_checked: spool.languagesChecked,
    language_mismatches: kept.filter((note) => note.mismatch).length,
    prompt_characters: percentiles(kept.map((note) => note.promptLength)),
    completion_characters: percentiles(kept.map((note) => note.completionLength)),
    personal_data: { redacted: options.redact_personal_data, found: spool.found },
    columns: [...tally.columns],
    sample,
  }
}

/**
 * Turns files into rows to train on: two JSONL files and a report. The same files and options give the same bytes.
 * Memory does not grow with the rows' texts, only by some 150 bytes per row.
 * Throws IngestError for faults of the data, the signal's reason when aborted; leaves no half-written file behind.
 */
export const runIngest = async (request: IngestRequest): Promise<IngestResult> => {
  const { options, outDir, signal } = request
  signal.throwIfAborted()
  await loadLanguages()
  await mkdir(outDir, { recursive: true })
  const tempDir = await mkdtemp(join(outDir, 'ingest-'))
  try {
    const tally = new Tally(options.skip_invalid_percentage)
    const file = await LineFile.create(join(tempDir, 'spool.jsonl'))
    const spool = new Spool(file, options, tally)
    try {
      if (request.appendTo) await spoolAppendedTo(request.appendTo, spool, signal)
      await spoolSources(request, tempDir, tally, spool)
      await file.finish()
    } finally {
      await file.abandon()
    }
    tally.checkShare()
    const needed = options.min_rows
    const usable = chosenRows(spool.notes, options.max_rows).filter(Boolean).length
    if (usable < needed) {
      const reasons = Object.entries(tally.dropped)
        .map(([reason, rows]) => `${reason}: ${rows}`)
        .join(', ')
      throw new IngestError(
        'too_few_rows',
        `${usable} usable rows of ${tally.rowsIn} read; at least ${needed} are needed. Dropped: ${reasons || 'none'}.`,
        'Add rows, or look at the reasons for which rows were dropped.',
      )
    }
    const dealt = await dealRows(file.path, spool.notes, request)
    const { train, validation } = dealt
    return {
      train: { path: train.path, rows: train.rows },
      validation: validation === null ? null : { path: validation.path, rows: validation.rows },
      report: writeReport(tally, spool, options, dealt),
    }
  } finally {
    await rm(tempDir, { recursive: true, force: true })
  }
}
