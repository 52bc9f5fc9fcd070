import { classifyAnswer, classifyPing } from '../../../../server/jobs/groups/classify-answer'

const first = { not_yet_ms: 0, away_tries: 0 }
const notYetFor = (not_yet_ms: number) => ({ not_yet_ms, away_tries: 0 })
const awayFor = (away_tries: number) => ({ not_yet_ms: 0, away_tries })
const minutes = (n: number): number => n * 60_000
const running = 'The execution "7" is running already.'
const again = (delay_ms: number, because: 'not_yet' | 'away') => ({ verdict: 'retry', because, delay_ms })

test.each([
  [200, '', first, { verdict: 'delivered' }],
  [204, '', awayFor(10), { verdict: 'delivered' }],
  [409, running, first, again(20, 'not_yet')],
  [409, running, notYetFor(150), again(150, 'not_yet')],
  [409, running, notYetFor(minutes(9)), again(5000, 'not_yet')],
  [409, running, notYetFor(minutes(10)), { verdict: 'failed' }],
  [409, running, awayFor(10), again(20, 'not_yet')],
  [409, 'The execution "7" has finished already.', first, { verdict: 'refused' }],
  [409, 'The execution "7" has finished with error.', first, { verdict: 'refused' }],
  [409, 'something else', first, again(5000, 'away')],
  [404, 'not registered', first, again(500, 'not_yet')],
  [404, 'not registered', notYetFor(40_000), again(15_000, 'not_yet')],
  [404, 'not registered', notYetFor(minutes(2)), { verdict: 'refused' }],
  [401, '', first, { verdict: 'refused' }],
  [410, '', first, { verdict: 'refused' }],
  [302, '', first, again(5000, 'away')],
  [429, '', first, again(5000, 'away')],
  [503, '', notYetFor(minutes(9)), again(5000, 'away')],
  [503, '', awayFor(9), again(86_400_000, 'away')],
  [503, '', awayFor(10), { verdict: 'failed' }],
  [null, 'connect ECONNREFUSED', first, again(5000, 'away')],
] as const)('an answer %s "%s" after %j means %j', (status, text, tries, expected) => {
  expect(classifyAnswer({ status, text }, tries)).toMatchObject(expected)
})

test('a receiver that is away is tried for about three days', () => {
  const waits = Array.from({ length: 10 }, (_, index) => {
    const verdict = classifyAnswer({ status: 503, text: '' }, awayFor(index))
    return verdict.verdict === 'retry' ? verdict.delay_ms : 0
  })
  expect(waits.reduce((sum, wait) => sum + wait, 0) / 86_400_000).toBeCloseTo(3, 0)
})

test.each([
  [200, '{}', 'waits'],
  [409, 'is running already', 'waits'],
  [409, 'something else', 'unknown'],
  [409, 'has finished already', 'nobody'],
  [409, 'has finished with error', 'nobody'],
  [404, 'unknown execution', 'nobody'],
  [410, '', 'nobody'],
  [401, '', 'nobody'],
  [500, '', 'unknown'],
  [503, '', 'unknown'],
  [429, '', 'unknown'],
  [302, '', 'unknown'],
  [null, 'ECONNREFUSED', 'unknown'],
] as const)('a ping answered %s "%s" says: %s', (status, text, heard) => {
  expect(classifyPing({ status, text })).toBe(heard)
})
