import { jobStatus, type JobStatus } from '../../../server/contract/jobs'
import { isTerminal, mayMove, moves, outcomeOf, outcomes, type JobAction } from '../../../server/jobs/states'

/** Every action in every status, in the order of `statuses`; `-` is refused. Written by hand: the code must agree with it. */
const statuses = [
  'blocked',
  'queued',
  'running',
  'pausing',
  'paused',
  'awaiting_approval',
  'succeeded',
  'failed',
  'cancelled',
] as const
const table = `
  action       blocked    queued     running    pausing    paused     awaiting_approval succeeded  failed     cancelled
  lease        -          running    -          -          -          -                 -          -          -
  adopt        -          running    -          -          -          -                 -          -          -
  complete     -          -          succeeded  succeeded  -          -                 -          -          -
  fail         -          -          failed     failed     -          -                 -          -          -
  retry_later  -          -          queued     paused     -          -                 -          -          -
  lose         -          -          queued     paused     -          -                 -          -          -
  give_up      -          -          failed     failed     -          -                 -          -          -
  expire       failed     failed     failed     failed     failed     failed            -          -          -
  unblock      queued     -          -          -          -          -                 -          -          -
  abandon      failed     -          -          -          -          -                 -          -          -
  cancel       cancelled  cancelled  cancelled  cancelled  cancelled  cancelled         -          -          -
  pause        -          paused     pausing    pausing    paused     -                 -          -          -
  paused       -          -          -          paused     -          -                 -          -          -
  ask_approval -          -          awaiting_approval - -        -                 -          -          -
  approve      -          -          -          -          -          queued            -          -          -
  reject       -          -          -          -          -          cancelled         -          -          -
  resume       -          queued     -          -          queued     -                 -          -          -
`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/))
const [header, ...lines] = table
const cells = lines.flatMap(([action, ...results]) =>
  statuses.map(
    (from, index) =>
      [action as JobAction, from, results[index] === '-' ? null : (results[index] as JobStatus)] as const,
  ),
)

test('the table lists every status and every action', () => {
  expect(header?.slice(1)).toEqual(statuses)
  expect([...statuses].sort()).toEqual([...jobStatus.options].sort())
  expect(lines.map(([action]) => action).sort()).toEqual(Object.keys(outcomes).sort())
  expect(cells).toHaveLength(9 * 17)
})

test.each(cells)('%s of a job that is %s gives %s', (action, from, to) => {
  expect(outcomeOf(from, action)).toBe(to)
})

test('every outcome is a legal move, or changes nothing', () => {
  const illegal = cells.filter(([, from, to]) => to !== null && to !== from && !mayMove(from, to))
  expect(illegal).toEqual([])
})

test('nothing follows a job that has ended', () => {
  for (const status of statuses) expect(moves[status].length === 0).toBe(isTerminal(status))
})

test('every legal move has an action that makes it', () => {
  const made = new Set(cells.map(([, from, to]) => `${from} → ${String(to)}`))
  const unused = statuses
    .flatMap((from) => moves[from].map((to) => `${from} → ${to}`))
    .filter((move) => !made.has(move))
  expect(unused).toEqual([])
})
