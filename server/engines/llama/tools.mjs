import { ApiError, invalid, unsupported } from './api-error.mjs'
import { enforceable } from './json-schema.mjs'

/** Calls of one answer; without a limit a small model may call for ever. */
const mostCalls = 4

/**
 * OpenAI's `tools`: functions whose parameters the grammar can express.
 *
 * @typedef {{name: string, description: string, parameters: object, schema: object, at: string}} Tool `parameters` as
 *   they were sent, for the prompt; `schema` as the grammar takes them
 * @returns {Tool[]}
 * @throws {ApiError} that names the tool
 */
export const readTools = (tools) => {
  if (!Array.isArray(tools)) throw invalid('tools', 'tools must be a list.')
  const names = new Set()
  return tools.map((tool, index) => {
    const at = `tools[${index}]`
    if (tool?.type !== 'function')
      throw unsupported(`${at}.type`, tool?.type ?? null, 'Send tools of type function; the caller runs them.')
    const { name, description = '', parameters } = tool.function ?? {}
    if (typeof name !== 'string' || name === '') throw invalid(`${at}.function.name`, `${at} has no function.name.`)
    if (names.has(name)) throw invalid(`${at}.function.name`, `Two tools are named ${JSON.stringify(name)}.`)
    names.add(name)
    const path = `${at}.function.parameters`
    return {
      name,
      description: String(description ?? ''),
      parameters: parameters ?? {},
      schema: readParameters(name, parameters ?? {}, path),
      at: path,
    }
  })
}

const readParameters = (name, parameters, path) => {
  if (parameters === null || typeof parameters !== 'object' || Array.isArray(parameters))
    throw invalid(path, `The parameters of the tool "${name}" must be a JSON schema.`)
  // a tool without parameters often comes with an empty schema
  const schema = Object.keys(parameters).length === 0 ? { type: 'object', properties: {} } : parameters
  if ((schema.type ?? 'object') !== 'object')
    throw invalid(`${path}.type`, `The parameters of the tool "${name}" must be an object.`)
  try {
    return enforceable({ ...schema, type: 'object' }, path)
  } catch (error) {
    throw error instanceof ApiError ? ofTool(name, error) : error
  }
}

/** The same refusal, with the tool's name in it. */
export const ofTool = (name, { status, code, message, param, hint }) =>
  new ApiError(status, code, `The tool "${name}" cannot be offered: ${message}`, {
    param,
    hint: `${hint ?? ''} Or leave the tool out.`.trimStart(),
  })

/**
 * What the tools of a request come to: which are offered, and whether one must be called. null: a plain answer.
 * @param {Tool[]} tools
 * @param {unknown} choice OpenAI's `tool_choice`; undefined = auto
 * @param {boolean} parallel whether one answer may call several
 * @returns {{tools: Tool[], required: boolean, parallel: boolean} | null}
 */
export const chooseTools = (tools, choice = 'auto', parallel = true) => {
  if (choice === 'none') return null
  if (tools.length === 0) {
    if (choice === 'auto') return null
    throw invalid('tool_choice', `tool_choice is ${JSON.stringify(choice)}, but no tools were sent.`)
  }
  if (choice === 'auto' || choice === 'required') return { tools, required: choice === 'required', parallel }
  if (choice?.type !== 'function')
    throw unsupported('tool_choice', choice, 'Send none, auto, required or {type: "function", function: {name}}.')
  const name = choice.function?.name
  const named = tools.filter((tool) => tool.name === name)
  if (named.length === 0)
    throw invalid('tool_choice', `tool_choice names ${JSON.stringify(name)}; no tool of that name was sent.`)
  return { tools: named, required: true, parallel: false }
}

/** The JSON schema of an answer: calls, or (unless a call is required) a text. */
export const answerSchema = ({ tools, required, parallel }) => {
  const calls = objectOf({
    tool_calls: {
      type: 'array',
      items: { oneOf: tools.map(({ name, schema }) => objectOf({ name: { const: name }, arguments: schema })) },
      minItems: 1,
      maxItems: parallel ? mostCalls : 1,
    },
  })
  return required ? calls : { oneOf: [calls, objectOf({ response: { type: 'string' } })] }
}

const objectOf = (properties) => ({ type: 'object', properties, additionalProperties: false })
