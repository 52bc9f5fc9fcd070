import { invalid, unsupported } from './api-error.mjs'

/**
 * Chat messages, read strictly. An assistant's tool calls are in `calls`; a tool's result says whose it is in `tool`.
 *
 * @typedef {{role: 'system' | 'user' | 'assistant' | 'tool', content: string, calls?: Call[], tool?: string}} Message
 * @typedef {{name: string, arguments: string}} Call `arguments` is the JSON text that was once generated
 * @returns {Message[]}
 * @throws {import('./api-error.mjs').ApiError} for images, unknown roles, results of calls that nobody made
 */
export const readMessages = (messages) => {
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid('messages', 'messages must be a list with at least one message.')
  /** call id → name of its tool */
  const made = new Map()
  return messages.map((message, index) => readMessage(message, `messages[${index}]`, made))
}

const readMessage = (message, at, made) => {
  // `developer` is OpenAI's newer name of the system role; templates know only the older one
  const role = message?.role === 'developer' ? 'system' : message?.role
  if (!['system', 'user', 'assistant', 'tool'].includes(role))
    throw invalid(`${at}.role`, `${at}.role is ${JSON.stringify(role)}; use system, user, assistant or tool.`)
  if (role === 'tool') {
    const tool = made.get(message.tool_call_id)
    if (tool === undefined) {
      throw invalid(
        `${at}.tool_call_id`,
        `${at}.tool_call_id is ${JSON.stringify(message.tool_call_id)}; no assistant message before it made that call.`,
      )
    }
    return { role, content: readContent(message.content, `${at}.content`), tool }
  }
  const calls = role === 'assistant' ? readCalls(message.tool_calls ?? [], `${at}.tool_calls`, made) : []
  // beside calls there is usually no text
  const content = calls.length > 0 ? (message.content ?? '') : message.content
  return { role, content: readContent(content, `${at}.content`), ...(calls.length > 0 ? { calls } : {}) }
}

const readCalls = (calls, at, made) => {
  if (!Array.isArray(calls)) throw invalid(at, `${at} must be a list of tool calls.`)
  return calls.map((call, index) => {
    const path = `${at}[${index}]`
    const { name, arguments: given } = call?.function ?? {}
    for (const [field, value] of Object.entries({ id: call?.id, 'function.name': name, 'function.arguments': given })) {
      if (typeof value !== 'string') throw invalid(`${path}.${field}`, `${path}.${field} must be a text.`)
    }
    made.set(call.id, name)
    return { name, arguments: given }
  })
}

const readContent = (content, at) => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) throw invalid(at, `${at} must be a text or a list of text parts.`)
  return content
    .map((part) => {
      if (part?.type !== 'text') throw unsupported(`${at}.type`, part?.type, 'This model reads text only.')
      if (typeof part.text !== 'string') throw invalid(`${at}.text`, `${at}.text must be a text.`)
      return part.text
    })
    .join('\n')
}
