import fc from 'fast-check'
import { EventRewriter } from '../../../server/gateway/event-stream'

const head = '{"id":"1","model":"engine"'
const stream = [
  `data: ${head},"choices":[{"delta":{"content":"the \\"model\\":\\"engine\\" says übergröße 🚲"}}],"usage":null}\n\n`,
  `data: ${head},"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":9,"total_tokens":14}}\n\n`,
  'data: [DONE]\n\n',
].join('')

const rewrite = (cuts: number[], showUsage: boolean) => {
  const bytes = Buffer.from(stream)
  const rewriter = new EventRewriter({ from: 'engine', to: 'writer "2"', showUsage })
  const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
    (left, right) => left - right,
  )
  let from = 0
  let out = ''
  for (const end of ends) {
    out += rewriter.push(bytes.subarray(from, end))
    from = end
  }
  return { out: out + rewriter.end(), tokens: rewriter.tokens }
}

test('however the bytes are cut, only the model field changes, texts stay and usage is counted', () => {
  const [named, counted, done] = stream.replaceAll('"model":"engine"', '"model":"writer \\"2\\""').split(/(?<=\n\n)/)
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
      expect(rewrite(cuts, true)).toEqual({
        out: `${named}${counted}${done}`,
        tokens: { promptTokens: 5, completionTokens: 9 },
      })
      expect(rewrite(cuts, false)).toEqual({
        out: `${named?.replace(',"usage":null', '')}${done}`,
        tokens: { promptTokens: 5, completionTokens: 9 },
      })
    }),
    { numRuns: 50 },
  )
})

test('a stream that was broken off counts one token per piece', () => {
  const rewriter = new EventRewriter({ from: 'engine', to: 'writer', showUsage: false })
  rewriter.push(
    Buffer.from(
      'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\ndata: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"cho',
    ),
  )
  expect(rewriter.tokens).toEqual({ promptTokens: 0, completionTokens: 1 })
  const call = (part: string): string =>
    `ices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":${JSON.stringify(part)}}}]}}]}\n\ndata: {"cho`
  rewriter.push(Buffer.from(`${call('')}${call('{"city"')}`))
  expect(rewriter.tokens).toEqual({ promptTokens: 0, completionTokens: 2 })
})
