import { judgeGate } from '../../../../server/steps/evaluate/judge-gate'

test('a gate without thresholds passes', () => {
  expect(judgeGate({}, { loss: 2 }, null)).toEqual({ passed: true, checks: [] })
})

test('every threshold of a metric must hold', () => {
  const verdict = judgeGate({ brand_rules: { min: 0.8, max: 0.9 } }, { brand_rules: 0.95 }, null)

  expect(verdict.passed).toBe(false)
  expect(verdict.checks).toEqual([
    { metric: 'brand_rules', rule: 'min 0.8', value: 0.95, baseline: null, passed: true },
    { metric: 'brand_rules', rule: 'max 0.9', value: 0.95, baseline: null, passed: false },
  ])
})

test.each([
  ['a lower loss is better', { loss: { improve_by: 0.1 } }, { loss: 1.8 }, { loss: 2 }, true],
  ['a loss that fell too little fails', { loss: { improve_by: 0.1 } }, { loss: 1.9 }, { loss: 2 }, false],
  ['a higher chrF is better', { chrf: { improve_by: 0.5 } }, { chrf: 30 }, { chrf: 20 }, true],
  ['a lower chrF fails', { chrf: { improve_by: 0.01 } }, { chrf: 19 }, { chrf: 20 }, false],
  [
    'a tie is no improvement, also at 0',
    { brand_rules: { improve_by: 0.1 } },
    { brand_rules: 0 },
    { brand_rules: 0 },
    false,
  ],
  ['anything is better than 0', { brand_rules: { improve_by: 0.1 } }, { brand_rules: 0.2 }, { brand_rules: 0 }, true],
])('%s', (_name, gate, model, baseline, passed) => {
  expect(judgeGate(gate, model, baseline).passed).toBe(passed)
})

test('a score that is missing and a baseline that is missing fail their checks', () => {
  expect(judgeGate({ chrf: { min: 1 } }, {}, null).checks).toMatchObject([{ value: null, passed: false }])
  expect(judgeGate({ loss: { improve_by: 0.1 } }, { loss: 1 }, null).checks).toMatchObject([
    { baseline: null, passed: false },
  ])
})
