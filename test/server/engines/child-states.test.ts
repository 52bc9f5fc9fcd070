import { childMoves, mayMove, type ChildState } from '../../../server/engines/child-states'

const states = Object.keys(childMoves) as ChildState[]
const legal = [
  'starting ready',
  'starting stopping',
  'starting exited',
  'ready busy',
  'ready stopping',
  'ready exited',
  'busy ready',
  'busy stopping',
  'busy exited',
  'stopping exited',
]

test('an engine child makes these moves and no others', () => {
  const allowed = states.flatMap((from) => states.filter((to) => mayMove(from, to)).map((to) => `${from} ${to}`))

  expect(allowed.sort()).toEqual([...legal].sort())
})
