import { isMoving, rollBackTarget } from '../../../../../server/console/pages/deployments/roll-back'
import { aDeployment } from '../models/samples-of-data'

type History = Parameters<typeof aDeployment>[1]
const targetOf = (...history: History) => rollBackTarget(aDeployment('shop', history).history)?.generation ?? null

test('the generation before the one that serves comes back, failed ones aside', () => {
  expect(targetOf(['a', 'retired'], ['b', 'failed'], ['c', 'serving'])).toBe(1)
  expect(targetOf(['a', 'serving'], ['b', 'failed'])).toBeNull()
  expect(targetOf(['a', 'serving'])).toBeNull()
})

test('while one rolls out, the one that still serves is the way back', () => {
  expect(targetOf(['a', 'retired'], ['b', 'serving'], ['c', 'rolling_out'])).toBe(2)
})

test('after a roll-back the way back is the way forth again', () => {
  expect(targetOf(['a', 'retired'], ['b', 'retired'], ['a', 'serving'])).toBe(2)
})

test('a stopped deployment goes back to what served last', () => {
  expect(targetOf(['a', 'retired'], ['b', 'retired'])).toBe(2)
})

test('a deployment moves while something starts', () => {
  const still = aDeployment('shop', [['a', 'serving']])
  expect(isMoving(still)).toBe(false)
  expect(isMoving({ ...still, status: 'starting' })).toBe(true)
  expect(isMoving(aDeployment('shop', [['a', 'serving'], ['b', 'rolling_out']]))).toBe(true) // prettier-ignore
})
