/** The byte-level edge cases of streamed text, without a model: a token is one byte here. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const module_ = join(__dirname, '..', '..', '..', 'server', 'engines', 'llama', 'text-stream.mjs')

// The engine is its own ES module package, so it runs in its own Node.
const pieces = (text: string, stops: string[]): string[] => {
  const script = `import { TextStream } from ${JSON.stringify(module_)}
    const [text, stops] = JSON.parse(process.argv[1])
    const stream = new TextStream((tokens) => Buffer.from(tokens).toString('utf8'), stops)
    const pieces = []
    for (const byte of Buffer.from(text)) { pieces.push(stream.push(byte)); if (stream.stopped) break }
    console.log(JSON.stringify([...pieces, stream.end()].filter((piece) => piece !== '')))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script, JSON.stringify([text, stops])], {
      encoding: 'utf8',
    }),
  ) as string[]
}

test('a character leaves only when all its bytes are there', () => {
  expect(pieces('aé日🎉', [])).toEqual(['a', 'é', '日', '🎉'])
})

test('what could become a stop text is held back until it is certain', () => {
  expect(pieces('abcabd', ['abd'])).toEqual(['abc'])
  expect(pieces('abca', ['abd'])).toEqual(['abc', 'a'])
})

test('the earliest of several stop texts wins, even inside held back text', () => {
  expect(pieces('x日本y', ['y', '本'])).toEqual(['x', '日'])
})
