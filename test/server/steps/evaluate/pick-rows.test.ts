import { pickRows } from '../../../../server/steps/evaluate/pick-rows'

test('each stratum gives a row in turn, so that a small one is not lost', () => {
  expect(pickRows(['en', 'en', 'en', 'en', 'de', 'fr', 'en'], 4)).toEqual([0, 1, 4, 5])
})

test('all rows are picked when there are fewer than asked for', () => {
  expect(pickRows(['b', 'a', 'b'], 10)).toEqual([0, 1, 2])
  expect(pickRows([], 10)).toEqual([])
})

test('a limit below the number of strata takes the first strata by name', () => {
  expect(pickRows(['c', 'a', 'b'], 2)).toEqual([1, 2])
})
