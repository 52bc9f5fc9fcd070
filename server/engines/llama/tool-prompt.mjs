/**
 * Messages with tools as messages that every chat template knows. Small models have no template for tools, and those of
 * larger ones differ: here the tools are described in the system message and calls and results are written out as text,
 * in the very form that the grammar asks of the answer.
 *
 * @param {import('./messages.mjs').Message[]} messages
 * @param {import('./tools.mjs').Tool[] | null} offered null: no tool may be called
 * @returns {{role: 'system' | 'user' | 'assistant', content: string}[]}
 */
export const withTools = (messages, offered) => {
  const written = []
  for (const message of messages) {
    const { role, content } = writeOut(message)
    const last = written.at(-1)
    // results of one answer's calls are one message: some templates demand that user and assistant take turns
    if (message.role === 'tool' && last?.ofTool) last.content += `\n\n${content}`
    else written.push({ role, content, ofTool: message.role === 'tool' })
  }
  const plain = written.map(({ role, content }) => ({ role, content }))
  if (offered === null) return plain
  const [first, ...rest] = plain
  return first.role === 'system'
    ? [{ role: 'system', content: `${first.content}\n\n${describe(offered)}` }, ...rest]
    : [{ role: 'system', content: describe(offered) }, ...plain]
}

const writeOut = ({ role, content, calls, tool }) => {
  if (role === 'tool') return { role: 'user', content: `Result of ${tool}:\n${content}` }
  if (calls === undefined) return { role, content }
  const made = JSON.stringify({ tool_calls: calls.map((call) => ({ name: call.name, arguments: asJson(call) })) })
  return { role, content: content === '' ? made : `${content}\n${made}` }
}

const asJson = ({ arguments: text }) => {
  try {
    return JSON.parse(text)
  } catch {
    return text // an answer that was cut off: shown as it was
  }
}

const describe = (tools) =>
  [
    'You can use these tools:',
    ...tools.map(({ name, description, parameters }) => {
      const { $schema: _, ...schema } = parameters
      return `- ${name}: ${description}\n  arguments: ${JSON.stringify(schema)}`
    }),
    'Answer with one JSON object and nothing else. To use tools, write',
    '{"tool_calls": [{"name": "<tool>", "arguments": {…}}]}',
    'and their results come with the next message. When you need no tool, or have the results you need, write',
    '{"response": "<your answer>"}',
  ].join('\n')
