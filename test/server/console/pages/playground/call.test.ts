import { asked, ended } from '../../../../../server/console/pages/playground/answer'
import {
  callOf,
  firstSettings,
  isValid,
  readSchema,
  type Turn,
} from '../../../../../server/console/pages/playground/call'

const answered = (text: string) => ({ ...ended(asked(0), 'done', 1), text })
const turns: Turn[] = [
  { prompt: 'One?', asJson: false, answers: { a: answered('Of a'), b: answered('Of b') } },
  { prompt: 'Two?', asJson: false, answers: { b: answered('Again b'), a: answered('') } },
]

test('each model sees its own answers, and no question that it did not answer', () => {
  expect(callOf('a', turns, 'Three?', firstSettings).messages).toEqual([
    { role: 'user', content: 'One?' },
    { role: 'assistant', content: 'Of a' },
    { role: 'user', content: 'Three?' },
  ])
  expect(callOf('b', turns, 'Three?', firstSettings).messages).toHaveLength(5)
})

test('what is left empty is not sent', () => {
  const empty = { system: ' ', temperature: null, maxTokens: null, schema: null }
  expect(callOf('a', [], 'Hi', empty)).toEqual({ model: 'a', messages: [{ role: 'user', content: 'Hi' }] })
})

test('a schema becomes the form that the API takes', () => {
  const call = callOf('a', [], 'Hi', {
    system: 'Be brief.',
    temperature: 0.5,
    maxTokens: 9,
    schema: '{"type":"object"}',
  })
  expect(call).toEqual({
    model: 'a',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    temperature: 0.5,
    max_tokens: 9,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } },
  })
})

test.each([
  ['{"type":"object"', 'syntax'],
  ['[]', 'shape'],
  ['null', 'shape'],
  ['"object"', 'shape'],
])('%s is no schema: %s', (text, wrong) => {
  expect(readSchema(text)).toEqual({ wrong })
})

test('no call is made of a number out of range, or of a schema that is none', () => {
  expect(isValid(firstSettings)).toBe(true)
  expect(isValid({ ...firstSettings, temperature: null, maxTokens: null })).toBe(true)
  expect(isValid({ ...firstSettings, temperature: 2.1 })).toBe(false)
  expect(isValid({ ...firstSettings, maxTokens: Number.NaN })).toBe(false)
  expect(isValid({ ...firstSettings, schema: '{' })).toBe(false)
})
