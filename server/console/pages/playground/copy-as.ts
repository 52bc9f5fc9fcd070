import type { Json } from '../new-run/flow/json'
import { python } from '../new-run/flow/python'
import type { ChatCall } from './call'

/** A text as one word of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The call for a shell. The key stays a variable: the real one is not in the page. */
export const asCurl = (origin: string, call: ChatCall): string =>
  [
    `curl ${quoted(`${origin}/v1/chat/completions`)}`,
    '-H "Authorization: Bearer $FORGE_API_KEY"',
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(call, null, 2))}`,
  ].join(' \\\n  ')

/** The call for Python, with OpenAI's own package. */
export const asPython = (origin: string, call: ChatCall): string =>
  [
    'import os',
    '',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${python(`${origin}/v1`)}, api_key=os.environ["FORGE_API_KEY"])`,
    'completion = client.chat.completions.create(',
    ...Object.entries(call).map(([name, value]) => `    ${name}=${python(value as Json, 4)},`),
    ')',
    'print(completion.choices[0].message.content)',
    '',
  ].join('\n')

/** A text that n8n takes as it is: what begins with "=" would be read as an expression. */
const literal = (text: string): string =>
  text.startsWith('=') ? `={{ ${JSON.stringify(text).replaceAll('{', '\\u007b').replaceAll('}', '\\u007d')} }}` : text

/**
 * The call as a node that can be pasted into n8n's canvas. The node asks one question for each item, so the earlier turns of
 * a conversation are not in it; its credential is chosen there.
 */
export const asN8nNode = ({ model, messages, temperature, max_tokens, response_format }: ChatCall): string => {
  const text = (role: 'system' | 'user'): string => messages.findLast((message) => message.role === role)?.content ?? ''
  return JSON.stringify(
    {
      nodes: [
        {
          id: 'forge-generate',
          name: 'Forge Generate',
          type: 'n8n-nodes-forge.forgeGenerate',
          typeVersion: 1,
          position: [0, 0],
          parameters: {
            operation: 'generate',
            model: { __rl: true, mode: 'id', value: literal(model) },
            system: literal(text('system')),
            user: literal(text('user')),
            ...(response_format
              ? { format: 'json_schema', schema: JSON.stringify(response_format.json_schema.schema, null, 2) }
              : { format: 'text' }),
            options: {
              ...(temperature === undefined ? {} : { temperature }),
              ...(max_tokens === undefined ? {} : { max_tokens }),
            },
          },
        },
      ],
      connections: {},
    },
    null,
    2,
  )
}
