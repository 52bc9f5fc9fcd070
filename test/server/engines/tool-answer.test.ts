/** How the JSON of a constrained answer becomes deltas, without a model: pieces may end anywhere in it. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

interface Delta {
  content?: string
  tool_calls?: { index: number; id?: string; function: { name?: string; arguments: string } }[]
}
const module_ = join(__dirname, '..', '..', '..', 'server', 'engines', 'llama', 'tool-answer.mjs')

// The engine is its own ES module package, so it runs in its own Node.
const read = (text: string, size: number): { called: boolean; deltas: Delta[] } => {
  const script = `import { ToolAnswer } from ${JSON.stringify(module_)}
    const [text, size] = JSON.parse(process.argv[1])
    const answer = new ToolAnswer()
    const deltas = []
    for (let at = 0; at < text.length; at += size) deltas.push(...answer.push(text.slice(at, at + size)))
    console.log(JSON.stringify({ called: answer.called, deltas }))`
  const given = JSON.stringify([text, size])
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script, given], { encoding: 'utf8' }),
  ) as { called: boolean; deltas: Delta[] }
}
const content = (deltas: Delta[]): string => deltas.map((delta) => delta.content ?? '').join('')
const calls = (deltas: Delta[]): string[] => {
  const found: string[] = []
  for (const { index, function: part } of deltas.flatMap((delta) => delta.tool_calls ?? []))
    found[index] = `${found[index] ?? ''}${part.name === undefined ? '' : `${part.name} `}${part.arguments}`
  return found
}

test.each([1, 3, 1000])('a response is its text, escapes undone, in pieces of %i', (size) => {
  const texts = ['plain', 'say "no"\n\tC:\\', 'déjà 日本 🎉', '']
  for (const text of texts) {
    const json = JSON.stringify({ response: text })
    const escaped = json.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    for (const written of [json, escaped, json.replace(':', ' : ')]) {
      const { called, deltas } = read(written, size)
      expect([called, content(deltas)]).toEqual([false, text])
    }
  }
})

test.each([1, 4, 1000])('calls are told one by one, their arguments as they were written, in pieces of %i', (size) => {
  const first = '{"text": "a } and \\" and \\\\", "list": [{"n": [1, 2]}]}'
  const { called, deltas } = read(
    `{ "tool_calls" : [ {"name": "say \\"it\\"", "arguments": ${first}} , {"name":"b","arguments":{}}]}`,
    size,
  )

  expect(called).toBe(true)
  expect(calls(deltas)).toEqual([`say "it" ${first}`, 'b {}'])
  const ids = deltas.flatMap((delta) => delta.tool_calls ?? []).flatMap(({ id }) => id ?? [])
  expect(new Set(ids).size).toBe(2)
})

test('of an answer that was cut off, what was certain is told', () => {
  expect(content(read('{"response": "half of \\u00', 1).deltas)).toBe('half of ')
  expect(calls(read('{"tool_calls": [{"name": "a", "arguments": {"city": "Par', 1).deltas)).toEqual(['a {"city": "Par'])
  expect(read('{"tool', 1)).toEqual({ called: false, deltas: [] })
})

test('half a surrogate pair becomes the replacement character', () => {
  expect(content(read('{"response": "a\\ud83db"}', 1).deltas)).toBe('a\uFFFDb')
})
