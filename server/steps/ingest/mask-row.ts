import type { PersonalDataType, TrainingRow } from '../../contract/ingest'
import { maskPersonalData } from './personal-data'

/** Masks every text inside a JSON value; keys and numbers stay. */
const maskValue = (value: unknown, found: PersonalDataType[]): unknown => {
  if (typeof value === 'string') {
    const masked = maskPersonalData(value)
    found.push(...masked.found)
    return masked.text
  }
  if (Array.isArray(value)) return value.map((item) => maskValue(item, found))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'product_id' || key === 'role' ? item : maskValue(item, found),
    ]),
  )
}

/**
 * The row with personal data masked in its messages, tool calls and metadata. `found` counts the messages only, since
 * metadata repeats what they say.
 */
export const maskRow = (row: TrainingRow): { row: TrainingRow; found: PersonalDataType[] } => {
  const found: PersonalDataType[] = []
  const messages = maskValue(row.messages, found) as TrainingRow['messages']
  return { row: { ...row, messages, metadata: maskValue(row.metadata, []) as TrainingRow['metadata'] }, found }
}
