import { z } from 'zod'
import { trainingMessage, type TrainingMessage, type TrainingRow } from '../../contract/ingest'
import { groupOf, type Outcome, type RowMaker } from './candidate'

const textParts = z.array(z.object({ type: z.literal('text'), text: z.string() }))
const roles: readonly string[] = trainingMessage.shape.role.options

/** Whatever was parsed from JSON is JSON: only its outermost shape is looked at, since zod would walk all of it. */
const asMetadata = (value: unknown): TrainingRow['metadata'] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TrainingRow['metadata']) : {}
const asTools = (value: unknown): Pick<TrainingRow, 'tools'> =>
  Array.isArray(value) ? { tools: value as NonNullable<TrainingRow['tools']> } : {}

type Checked = { message: TrainingMessage } | { reason: 'invalid_row' | 'wrong_role'; problem: string }

const checkMessage = (value: unknown, index: number): Checked => {
  const at = `messages[${index}]`
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { reason: 'invalid_row', problem: `${at} is not an object` }
  // Parquet writes absent fields of a struct as null
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(value as Record<string, unknown>).filter(([key, field]) => field !== null || key === 'content'),
  )
  if (!roles.includes(String(fields.role))) {
    return {
      reason: 'wrong_role',
      problem: `${at}.role is ${JSON.stringify(fields.role)}; known are ${roles.join(', ')}`,
    }
  }
  const parts = Array.isArray(fields.content) ? textParts.safeParse(fields.content) : null
  const content = parts?.success ? parts.data.map((part) => part.text).join('') : (fields.content ?? null)
  const message = trainingMessage.safeParse({ ...fields, content })
  if (message.success) return { message: message.data }
  const issue = message.error.issues[0]
  return {
    reason: 'invalid_row',
    problem: `${at}.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`,
  }
}

const hasText = (message: TrainingMessage): boolean =>
  (message.content ?? '').trim() !== '' || (Array.isArray(message.tool_calls) && message.tool_calls.length > 0)

/** A `messages` cell: an array, or its JSON text as a CSV file holds it. */
const messageList = (cell: unknown): unknown => {
  if (typeof cell !== 'string') return cell
  try {
    return JSON.parse(cell) as unknown
  } catch {
    // not JSON: the caller reports that it is no list
    return cell
  }
}

const toOutcome = (place: string, cells: Record<string, unknown>): Outcome => {
  const list = messageList(cells.messages)
  if (!Array.isArray(list) || list.length === 0)
    return { dropped: 'invalid_row', place, problem: '`messages` is not a list with at least one message' }
  const messages: TrainingMessage[] = []
  for (const [index, value] of list.entries()) {
    const checked = checkMessage(value, index)
    if ('problem' in checked) return { dropped: checked.reason, place, problem: checked.problem }
    messages.push(checked.message)
  }
  const answers = messages.filter((message) => message.role === 'assistant')
  if (answers.length === 0)
    return { dropped: 'wrong_role', place, problem: 'no message of the role assistant: nothing to learn' }
  if (!answers.every(hasText)) return { dropped: 'empty_completion', place, problem: 'an assistant message is empty' }

  const facts = asMetadata(cells.metadata)
  return {
    candidate: {
      row: { messages, ...asTools(cells.tools), metadata: facts },
      group: groupOf({ messages, metadata: facts }),
      language: typeof facts.language === 'string' ? facts.language : null,
      languageIsStated: typeof facts.language === 'string',
      channel: typeof facts.channel === 'string' ? facts.channel : null,
    },
  }
}

/** OpenAI's chat format: `{"messages": [{"role", "content", "weight"?}], "tools"?, "metadata"?}`. */
export const chatRows = (): RowMaker => ({ push: ({ place, cells }) => [toOutcome(place, cells)], end: () => [] })
