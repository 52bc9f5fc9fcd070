import type { TrainingRow } from '../../contract/ingest'
import { groupOf, type Side } from './candidate'
import { readLines } from './read-lines'
import type { Source } from './source-row'
import type { Spool } from './spool'

/** The two sides of the version that a new one begins with, as Forge wrote them. */
export interface AppendedRows {
  train: Source
  validation: Source | null
}

/** Puts the rows of the version before into the spool, in their order, so that new rows are compared with them. */
export const spoolAppendedTo = async (
  { train, validation }: AppendedRows,
  spool: Spool,
  signal: AbortSignal,
): Promise<void> => {
  await spoolSide(train, 'train', spool, signal)
  if (validation !== null) await spoolSide(validation, 'validation', spool, signal)
}

const spoolSide = async (source: Source, side: Side, spool: Spool, signal: AbortSignal): Promise<void> => {
  for await (const lines of readLines(source, signal)) {
    signal.throwIfAborted()
    for (const { number, text } of lines) {
      if (text === null) continue
      const row = JSON.parse(text) as TrainingRow
      const { language, channel } = row.metadata
      await spool.add(
        {
          row,
          group: groupOf(row),
          language: typeof language === 'string' ? language : null,
          languageIsStated: false,
          channel: typeof channel === 'string' ? channel : null,
          side,
        },
        `${source.filename} line ${number}`,
      )
    }
  }
}
