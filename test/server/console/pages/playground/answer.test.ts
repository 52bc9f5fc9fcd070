import { ApiError } from '../../../../../server/console/api/client'
import { asked, ended, isJson, paceOf, withEvent } from '../../../../../server/console/pages/playground/answer'

const piece = (content: string, finish_reason: string | null = null): string =>
  JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }], usage: null })
const usage = { prompt_tokens: 32, completion_tokens: 5, total_tokens: 37 }

test('an answer grows by its events, and knows how long it took', () => {
  const started = asked(1000)
  // the role comes with an empty text: the model has written nothing yet
  const role = withEvent(started, piece(''), 1500)
  expect(role.firstAt).toBeNull()
  const text = withEvent(withEvent(role, piece('Hi'), 2000), piece(' there'), 2500)
  const last = withEvent(withEvent(text, piece('', 'length'), 3000), JSON.stringify({ choices: [], usage }), 3000)
  const answer = ended(withEvent(last, '[DONE]', 3000), 'done', 3000)
  expect(answer).toMatchObject({ state: 'done', text: 'Hi there', finish: 'length', usage })
  // four tokens after the first, in the second after it
  expect(paceOf(answer)).toEqual({ seconds: 2, firstSeconds: 1, tokensPerSecond: 4 })
  expect(paceOf(text)).toBeNull()
})

test('what was stopped keeps its text and has no rate that nobody counted', () => {
  const answer = ended(withEvent(asked(0), piece('Half'), 100), 'stopped', 600)
  expect(answer.text).toBe('Half')
  expect(paceOf(answer)).toEqual({ seconds: 0.6, firstSeconds: 0.1, tokensPerSecond: null })
})

test('an engine that breaks off is an error, with its remedy', () => {
  const event = JSON.stringify({ error: { code: 'engine_failed', message: 'The engine failed.', hint: 'Ask again.' } })
  expect(() => withEvent(asked(0), event, 1)).toThrow(
    new ApiError('engine_failed', { message: 'The engine failed.', hint: 'Ask again.' }),
  )
})

test('half an object is no JSON', () => {
  expect(isJson('{"title":"a"}')).toBe(true)
  expect(isJson('{"title":"a')).toBe(false)
})
