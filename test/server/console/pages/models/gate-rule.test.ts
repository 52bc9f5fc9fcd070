import { readRule } from '../../../../../server/console/pages/models/gate-rule'
import { judgeGate } from '../../../../../server/steps/evaluate/judge-gate'

test('every rule that the evaluation writes is understood', () => {
  const { checks } = judgeGate({ loss: { min: -1, max: 1e-7, improve_by: 0.1 } }, { loss: 1 }, null)
  expect(checks.map(({ rule }) => readRule(rule))).toEqual([
    { kind: 'min', value: -1 },
    { kind: 'max', value: 1e-7 },
    { kind: 'improve_by', value: 0.1 },
  ])
})

test('an unknown one is shown as it is', () => {
  expect(readRule('about 3')).toBeNull()
})
