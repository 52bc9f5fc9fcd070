import type { TrainingRow } from '../../contract/ingest'
import { hash64 } from './hash'

const textOf = (row: TrainingRow, isCompletion: boolean): string =>
  row.messages
    .filter((message) => (message.role === 'assistant') === isCompletion)
    .map((message) => message.content ?? '')
    .join('\n')

/** What a model is shown, and what it shall learn to write. */
export const promptText = (row: TrainingRow): string => textOf(row, false)
export const completionText = (row: TrainingRow): string => textOf(row, true)

const squeezed = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim()

/** Equal for rows whose messages differ only in white space or Unicode composition; metadata does not count. */
export const rowHash = (row: TrainingRow): bigint => {
  const parts = row.messages.map(({ role, content, ...rest }) => [role, squeezed(content ?? ''), JSON.stringify(rest)])
  return hash64(JSON.stringify([parts, row.tools ?? null]))
}
