import type { DropReason, TrainingMessage, TrainingRow } from '../../contract/ingest'

/** A training row before redaction, deduplication and sampling. */
export interface Candidate {
  row: TrainingRow
  /** Rows of one group go to the same side of the validation split. */
  group: string
  /** null = to be detected. */
  language: string | null
  /** Said by the source or the options, so that a text in another language is worth a note. */
  languageIsStated: boolean
  channel: string | null
  /** Of a row of the version that is appended to: it stays where it was. */
  side?: Side
}
export type Side = 'train' | 'validation'

export type Outcome =
  | { candidate: Candidate }
  | { dropped: DropReason; place: string; problem: string }
  /** Counted and nothing else: a variant row. */
  | { variantOf: string }
  /** Announces a product, for the count. */
  | { product: string }

/** Turns the source rows of one file into outcomes; holds at most one product back until `end`. */
export interface RowMaker {
  push(row: { place: string; cells: Record<string, unknown> }): Outcome[]
  end(): Outcome[]
}

/** What a row is about: its product where one is named, else what the user says. */
export const groupOf = ({ messages, metadata }: Pick<TrainingRow, 'messages' | 'metadata'>): string =>
  typeof metadata['product_id'] === 'string'
    ? metadata['product_id']
    : messages
        .filter((message) => message.role === 'user')
        .map((message) => message.content)
        .join('\n')

/** System (if any), prompt and completion as a conversation. */
export const conversation = (system: string | null, prompt: string, completion: string): TrainingMessage[] => [
  ...(system === null || system === '' ? [] : [{ role: 'system' as const, content: system }]),
  { role: 'user', content: prompt },
  { role: 'assistant', content: completion },
]

/** A prompt and its completion, unless one of them is empty. */
export const pairOutcome = (system: string | null, prompt: string, completion: string, place: string): Outcome => {
  if (prompt === '') return { dropped: 'empty_prompt', place, problem: 'the prompt is empty' }
  if (completion === '') return { dropped: 'empty_completion', place, problem: 'the completion is empty' }
  // a prompt's answers stay together, so that none is validated on a prompt that was trained on
  return {
    candidate: {
      row: { messages: conversation(system, prompt, completion), metadata: {} },
      group: prompt,
      language: null,
      languageIsStated: false,
      channel: null,
    },
  }
}
