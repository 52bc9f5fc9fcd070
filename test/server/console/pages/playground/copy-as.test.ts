import { execFileSync } from 'node:child_process'
import { asCurl, asN8nNode, asPython } from '../../../../../server/console/pages/playground/copy-as'
import type { ChatCall } from '../../../../../server/console/pages/playground/call'

const origin = 'https://forge.example'
const call: ChatCall = {
  model: 'shop-texts',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Earlier' },
    { role: 'assistant', content: 'Yes.' },
    { role: 'user', content: `It's "new" $HOME \`id\` \\ end\nline 衫` },
  ],
  temperature: 0,
  max_tokens: 64,
}

test('a shell reads the curl call as it was meant, and takes the key from a variable', () => {
  const asArguments = asCurl(origin, call).replace(/^curl /, `printf '%s\\0' `)
  const words = execFileSync('sh', ['-c', asArguments], { encoding: 'utf8', env: { FORGE_API_KEY: 'fk_test' } }).split(
    '\0',
  )
  expect(words[0]).toBe(`${origin}/v1/chat/completions`)
  expect(words).toContain('Authorization: Bearer fk_test')
  expect(JSON.parse(words[words.indexOf('-d') + 1] ?? '')).toEqual(call)
})

test('the Python call is made with the package of OpenAI', () => {
  expect(asPython(origin, { model: 'm', messages: [{ role: 'user', content: 'Say "hi"' }], temperature: 0 })).toBe(
    `import os

from openai import OpenAI

client = OpenAI(base_url="https://forge.example/v1", api_key=os.environ["FORGE_API_KEY"])
completion = client.chat.completions.create(
    model="m",
    messages=[{"role": "user", "content": "Say \\"hi\\""}],
    temperature=0,
)
print(completion.choices[0].message.content)
`,
  )
})

const parametersOf = (of: ChatCall): Record<string, unknown> =>
  (JSON.parse(asN8nNode(of)) as { nodes: [{ parameters: Record<string, unknown> }] }).nodes[0].parameters

test("the node has the parameters of n8n's Forge Generate, with the last question only", () => {
  expect(parametersOf(call)).toEqual({
    operation: 'generate',
    model: { __rl: true, mode: 'id', value: 'shop-texts' },
    system: 'Be brief.',
    user: call.messages.at(-1)?.content,
    format: 'text',
    options: { temperature: 0, max_tokens: 64 },
  })
})

test('a schema goes into the node as text', () => {
  const schema = { type: 'object' }
  const of: ChatCall = {
    ...call,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
  }
  const { format, schema: text } = parametersOf(of)
  expect(format).toBe('json_schema')
  expect(JSON.parse(String(text))).toEqual(schema)
})

test('a text that n8n would take for an expression stays a text', () => {
  const user = String(parametersOf({ model: 'm', messages: [{ role: 'user', content: '={{ $json.a }} = 3' }] })['user'])
  const [, expression = ''] = /^=\{\{ (.*) \}\}$/.exec(user) ?? []
  expect(expression).not.toMatch(/[{}]/)
  expect(JSON.parse(expression)).toBe('={{ $json.a }} = 3')
})
