import { estimateGap } from '../../../server/ledger/estimate-gap'
import { at, sampleAt } from './samples'

test("a killed worker's gap is filled with its last mean power until its last sign of life", () => {
  const samples = [sampleAt(1, { joules: 10 }), sampleAt(2, { joules: 30 })]
  expect(estimateGap(samples, new Date(at(8)))).toEqual([
    {
      meter: 'cpu',
      sequence: -3,
      started_at: at(3),
      ended_at: at(8),
      joules: 100,
      cpu_seconds: 10,
      gpu_seconds: 0,
      method: 'estimated',
      covers: 'cpu package',
      error_percent: null,
    },
  ])
})

test('every meter of the attempt is filled by its own power', () => {
  const gpu = sampleAt(1, { meter: 'gpu-0', joules: 300, gpu_seconds: 1 })
  const filled = estimateGap([sampleAt(1), gpu], new Date(at(4)))
  expect(filled.map(({ meter, joules, gpu_seconds }) => [meter, joules, gpu_seconds])).toEqual([
    ['cpu', 20, 0],
    ['gpu-0', 600, 2],
  ])
})

test('only the last minute tells the power', () => {
  const long = Array.from({ length: 120 }, (_, second) => sampleAt(second, { joules: second < 60 ? 1000 : 5 }))
  expect(estimateGap(long, new Date(at(122)))[0]?.joules).toBeCloseTo(10)
})

test('asking twice gives the same sample, also when the first answer is among the samples', () => {
  const first = estimateGap([sampleAt(1)], new Date(at(6)))
  expect(estimateGap([sampleAt(1), ...first], new Date(at(6)))).toEqual(first)
})

test.each([
  ['no sample', [], at(5)],
  ['no gap', [sampleAt(4)], at(5)],
  ['a sign of life before the last sample', [sampleAt(4)], at(2)],
])('%s, nothing to fill', (_case, samples, life) => {
  expect(estimateGap(samples, new Date(life))).toEqual([])
})
