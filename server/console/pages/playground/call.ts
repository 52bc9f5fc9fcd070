import type { Json } from '../new-run/flow/json'
import { isWithin } from '../new-run/range'
import type { Answer } from './answer'

export interface Settings {
  system: string
  /** null: the engine's own */
  temperature: number | null
  maxTokens: number | null
  /** what stands in the schema's field; null: plain text is asked for */
  schema: string | null
}
export const firstSettings: Settings = { system: '', temperature: 0, maxTokens: 256, schema: null }
export const ranges = { temperature: { min: 0, max: 2 }, maxTokens: { min: 1, max: 32_768 } }

export const exampleSchema = JSON.stringify(
  {
    type: 'object',
    properties: { title: { type: 'string' }, text: { type: 'string' } },
    required: ['title', 'text'],
    additionalProperties: false,
  },
  null,
  2,
)

/** One question, and what each model answered. */
export interface Turn {
  prompt: string
  /** an answer by a schema was asked for */
  asJson: boolean
  answers: Readonly<Record<string, Answer>>
}

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}
/** A chat call, in OpenAI's words. */
export interface ChatCall {
  model: string
  messages: Message[]
  temperature?: number
  max_tokens?: number
  response_format?: { type: 'json_schema'; json_schema: { name: 'answer'; strict: true; schema: Json } }
}

/** The schema in a text; or what is wrong with it: it is no JSON, or no object. */
export const readSchema = (text: string): { schema: Json } | { wrong: 'syntax' | 'shape' } => {
  try {
    const schema = JSON.parse(text) as Json
    return typeof schema === 'object' && schema !== null && !Array.isArray(schema) ? { schema } : { wrong: 'shape' }
  } catch {
    return { wrong: 'syntax' }
  }
}

/** Whether a call can be made of the settings. */
export const isValid = ({ temperature, maxTokens, schema }: Settings): boolean =>
  isWithin(temperature, ranges.temperature) &&
  isWithin(maxTokens, ranges.maxTokens) &&
  (schema === null || 'schema' in readSchema(schema))

/** What a model is asked after the turns before: each model sees its own answers. Turns that it has no answer to are left out. */
export const callOf = (model: string, turns: readonly Turn[], prompt: string, settings: Settings): ChatCall => {
  const { system, temperature, maxTokens } = settings
  const read = settings.schema === null ? null : readSchema(settings.schema)
  return {
    model,
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...turns.flatMap(({ prompt: content, answers }): Message[] => {
        const text = answers[model]?.text ?? ''
        return text === ''
          ? []
          : [
              { role: 'user', content },
              { role: 'assistant', content: text },
            ]
      }),
      { role: 'user', content: prompt },
    ],
    ...(temperature === null ? {} : { temperature }),
    ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
    ...(read !== null && 'schema' in read
      ? { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: read.schema } } }
      : {}),
  }
}
