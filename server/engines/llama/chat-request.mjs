import { invalid, unsupported } from './api-error.mjs'
import { enforceable } from './json-schema.mjs'
import { readMessages } from './messages.mjs'
import { withTools } from './tool-prompt.mjs'
import { answerSchema, chooseTools, readTools } from './tools.mjs'

/** Fields that never change the output: accepted and ignored. */
const withoutEffect = new Set(['user', 'metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key'])

const isEmpty = (value) => Object.keys(value).length === 0

/** Fields accepted only with the value that changes nothing; clients such as LangChain send these by default. */
const neutralOnly = {
  n: (value) => value === 1,
  presence_penalty: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  logit_bias: isEmpty,
  functions: isEmpty,
  modalities: (value) => Array.isArray(value) && value.every((item) => item === 'text'),
}

const hints = {
  n: 'Send n requests; they are batched together.',
  functions: 'Send them as tools.',
  frequency_penalty: 'Leave it out or send 0.',
  presence_penalty: 'Leave it out or send 0.',
}

const readers = {
  model: (value) => text('model', value),
  messages: (value) => readMessages(value),
  max_tokens: (value) => integer('max_tokens', value, 1, Infinity),
  max_completion_tokens: (value) => integer('max_completion_tokens', value, 1, Infinity),
  temperature: (value) => number('temperature', value, 0, 2),
  top_p: (value) => number('top_p', value, Number.MIN_VALUE, 1),
  top_k: (value) => integer('top_k', value, 0, Infinity),
  min_p: (value) => number('min_p', value, 0, 1),
  seed: (value) => integer('seed', value, 0, 2 ** 32 - 1),
  stop: (value) => readStop(value),
  stream: (value) => boolean('stream', value),
  stream_options: (value) => readStreamOptions(value),
  response_format: (value) => readFormat(value),
  logprobs: (value) => boolean('logprobs', value),
  top_logprobs: (value) => integer('top_logprobs', value, 0, 20),
  tools: (value) => readTools(value),
  tool_choice: (value) => value, // read beside the tools
  parallel_tool_calls: (value) => boolean('parallel_tool_calls', value),
}

/**
 * Reads an OpenAI chat request into a plan. Defaults: temperature 1, top_p 1, everything up to the context's end.
 * @returns {Plan} @throws {import('./api-error.mjs').ApiError} naming the field
 * @typedef {{model: string, messages: {role: string, content: string}[], maxTokens: number, stops: string[],
 *   sampling: {temperature: number, topP: number, topK: number, minP: number, seed?: number}, stream: boolean,
 *   includeUsage: boolean, schema: object | null, tools: import('./tools.mjs').Tool[] | null, logprobs: boolean,
 *   topLogprobs: number}} Plan `tools` are those that may be called; `schema` is then the one of their answer
 */
export const readChatRequest = (body) => {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw invalid(null, 'The body must be a JSON object.')
  const read = {}
  for (const [field, value] of Object.entries(body)) {
    if (value === null || value === undefined || withoutEffect.has(field)) continue
    if (Object.hasOwn(readers, field)) read[field] = readers[field](value)
    else if (!Object.hasOwn(neutralOnly, field) || !neutralOnly[field](value)) {
      throw unsupported(
        field,
        value,
        hints[field] ?? 'Leave the field out, or deploy the model on an engine that supports it.',
      )
    }
  }
  for (const field of ['model', 'messages']) if (read[field] === undefined) throw invalid(field, `${field} is missing.`)
  const offer = chooseTools(read.tools ?? [], read.tool_choice, read.parallel_tool_calls)
  if (offer !== null) refuseBesideTools(read)
  return refuseScaledLogprobs(toPlan(read, offer))
}

// the answer is then JSON of our own: a stop text would cut it, and another form cannot be asked of it
const refuseBesideTools = (read) => {
  for (const field of ['stop', 'response_format']) {
    if (read[field] !== undefined && read[field] !== null)
      throw unsupported(field, read[field], 'Leave it out beside tools, or send tool_choice: "none".')
  }
}

const toPlan = (read, offer) => ({
  model: read.model,
  messages: withTools(read.messages, offer?.tools ?? null),
  maxTokens: read.max_completion_tokens ?? read.max_tokens ?? Infinity,
  stops: read.stop ?? [],
  sampling: {
    temperature: read.temperature ?? 1,
    topP: read.top_p ?? 1,
    topK: read.top_k ?? 0,
    minP: read.min_p ?? 0,
    ...(read.seed === undefined ? {} : { seed: read.seed }),
  },
  stream: read.stream ?? false,
  includeUsage: read.stream_options?.include_usage === true,
  schema: offer === null ? (read.response_format ?? null) : answerSchema(offer),
  tools: offer?.tools ?? null,
  logprobs: read.logprobs ?? false,
  topLogprobs: read.top_logprobs ?? 0,
})

// llama.cpp tells probabilities after sampling's changes. They are the model's own only where nothing changes them.
const refuseScaledLogprobs = (plan) => {
  if (!plan.logprobs) {
    if (plan.topLogprobs > 0) throw invalid('top_logprobs', 'top_logprobs needs logprobs: true.')
    return plan
  }
  const { temperature, topP, topK, minP } = plan.sampling
  const isPlain = temperature === 0 || (temperature === 1 && topP === 1 && topK === 0 && minP === 0)
  if (!isPlain || plan.schema !== null) {
    throw unsupported(
      'logprobs',
      true,
      'Ask for logprobs with temperature 0, or 1 without top_p, top_k, min_p; and without response_format or tools.',
    )
  }
  return plan
}

const readStop = (value) => {
  const stops = Array.isArray(value) ? value : [value]
  if (stops.length > 16) throw invalid('stop', `stop has ${stops.length} texts; at most 16 are allowed.`)
  return stops.map((stop) => {
    if (text('stop', stop) === '') throw invalid('stop', 'stop must not be an empty text.')
    return stop
  })
}

const readStreamOptions = (value) => {
  const other = Object.keys(value).find((key) => key !== 'include_usage' && key !== 'include_obfuscation')
  if (other !== undefined) throw unsupported(`stream_options.${other}`, value[other], 'Leave it out.')
  return value
}

const readFormat = (value) => {
  if (value.type === 'text') return null
  if (value.type === 'json_object') return { type: 'object', additionalProperties: true }
  if (value.type === 'json_schema') return enforceable(value.json_schema?.schema)
  throw invalid(
    'response_format.type',
    `response_format.type is ${JSON.stringify(value.type)}; use text, json_object or json_schema.`,
  )
}

const text = (field, value) => {
  if (typeof value !== 'string')
    throw invalid(field, `${field} must be a text, not ${JSON.stringify(value)?.slice(0, 80)}.`)
  return value
}
const boolean = (field, value) => {
  if (typeof value !== 'boolean')
    throw invalid(field, `${field} must be true or false, not ${JSON.stringify(value).slice(0, 80)}.`)
  return value
}
const number = (field, value, min, max) => {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw invalid(
      field,
      `${field} is ${JSON.stringify(value)?.slice(0, 80)}; it must be a number from ${min} to ${max}.`,
    )
  }
  return value
}
const integer = (field, value, min, max) => {
  if (!Number.isInteger(number(field, value, min, max)))
    throw invalid(field, `${field} is ${value}; it must be a whole number.`)
  return value
}
