import { createCallers } from '../../../server/workers/callers'

test('a job counts as a caller while a call of it runs and for a moment after, then no more', () => {
  let now = 0
  const callers = createCallers(() => now)
  callers.begin('job_a.1')
  callers.begin('job_a.1')
  callers.end('job_a.1')
  now = 60_000
  expect(callers.current()).toEqual(['job_a.1'])

  callers.end('job_a.1')
  now += 1_000
  expect(callers.current()).toEqual(['job_a.1'])
  now += 1_000
  expect(callers.current()).toEqual([])
})

test('two jobs that call at the same time share what the engine uses', () => {
  const callers = createCallers(() => 0)
  callers.begin('job_a.1')
  callers.begin('job_b.1')
  expect(callers.current().sort()).toEqual(['job_a.1', 'job_b.1'])
})
