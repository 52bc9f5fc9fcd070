import { evaluationTable, gateLines } from '../../../server/cli/print-evaluation'
import type { EvaluationResult } from '../../../server/contract/evaluations'

const result: EvaluationResult = {
  model: {
    model: 'model_1',
    all: { loss: 2, brand_rules: 0.5 },
    by_language: { en: { loss: 1.8, brand_rules: 0.75 }, de: { loss: 2.2 } },
    perplexity: 7.4,
  },
  baseline: {
    model: 'base',
    all: { loss: 4, brand_rules: 0 },
    by_language: { en: { loss: 3.6, brand_rules: 0 }, de: { loss: 4.4 } },
    perplexity: 54.6,
  },
  gate: {
    passed: false,
    checks: [
      { metric: 'loss', rule: 'improve_by 0.1', value: 1.8, baseline: 3.6, passed: true },
      { metric: 'brand_rules', rule: 'min 0.9', value: 0.75, baseline: null, passed: false },
    ],
  },
  notes: [],
}
const cells = (table: string): string[][] =>
  table
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(/ {2,}/))

test('base and tuned stand side by side, over all rows and by language', () => {
  expect(cells(evaluationTable(result))).toEqual([
    ['loss', 'all', '4.000', '2.000', '-50 %', 'better'],
    ['de', '4.400', '2.200', '-50 %', 'better'],
    ['en', '3.600', '1.800', '-50 %', 'better'],
    ['brand_rules', 'all', '0.000', '0.500', 'better'],
    ['en', '0.000', '0.750', 'better'],
    ['perplexity', 'all', '54.60', '7.400', '-86 %', 'better'],
  ])
})

test('without a baseline nothing is called better', () => {
  expect(cells(evaluationTable({ ...result, baseline: null }))[0]).toEqual(['loss', 'all', '-', '2.000', '-'])
})

test('each check of the gate is shown with its value', () => {
  expect(gateLines(result)).toBe(
    [
      'passed  loss improve_by 0.1: 1.800 beside 3.600',
      'FAILED  brand_rules min 0.9: 0.750',
      'The gate is closed: this model is not deployed.',
    ].join('\n'),
  )
})
