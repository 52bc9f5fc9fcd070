import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ChatMessage } from '../../contract/chat'
import { trainingRow, type TrainingMessage, type TrainingRow } from '../../contract/ingest'

/** A row to judge a model by: what it is asked, and what it should answer. */
export interface HeldOutRow {
  index: number
  prompt: ChatMessage[]
  reference: string
  language: string
  channel: string | null
  facts: string[]
  metadata: TrainingRow['metadata']
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

const asChat = ({ role, content }: TrainingMessage): ChatMessage => ({ role, content: content ?? '' })

/**
 * Reads a dataset's JSONL. The last assistant message is the reference, what comes before it the prompt. The language
 * is the one stated in the metadata, else the reference's.
 */
export const readHeldOutRows = async (
  path: string,
  detect: (text: string) => Promise<string>,
): Promise<HeldOutRow[]> => {
  const rows: HeldOutRow[] = []
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    const { messages, metadata } = trainingRow.parse(JSON.parse(line))
    const last = messages.findLastIndex(({ role }) => role === 'assistant')
    const reference = messages[last]?.content ?? ''
    const { facts } = metadata
    rows.push({
      index: rows.length,
      prompt: messages.slice(0, Math.max(0, last)).map(asChat),
      reference,
      language: textOf(metadata['language']) ?? (await detect(reference)),
      channel: textOf(metadata['channel']),
      facts: Array.isArray(facts) ? facts.filter((fact) => typeof fact === 'string') : [],
      metadata,
    })
  }
  return rows
}
