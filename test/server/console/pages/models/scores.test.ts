import { languageName, scoreRows, type Scores } from '../../../../../server/console/pages/models/scores'

const side = (all: Scores['all'], more: Partial<Scores> = {}): Scores => ({
  model: 'm',
  all,
  by_language: {},
  perplexity: null,
  ...more,
})

test('a lower loss and a higher chrF are better', () => {
  const rows = scoreRows([side({ loss: 1, chrf: 60 }), side({ loss: 2, chrf: 50 })])
  expect(rows.map(({ metric, change }) => [metric, change])).toEqual([
    ['loss', { share: -0.5, verdict: 'better' }],
    ['chrf', { share: 0.2, verdict: 'better' }],
  ])
  expect(scoreRows([side({ loss: 3 }), side({ loss: 2 })])[0]?.change?.verdict).toBe('worse')
  expect(scoreRows([side({ loss: 2 }), side({ loss: 2 })])[0]?.change).toEqual({ share: 0, verdict: 'equal' })
})

test('languages follow all rows, and what one side lacks is empty there', () => {
  const rows = scoreRows([
    side({ loss: 1 }, { perplexity: 2.7, by_language: { de: { loss: 1.5 } } }),
    side({ loss: 2 }, { by_language: { en: { loss: 2 } } }),
  ])
  expect(rows.map(({ language, metric, values }) => [language, metric, values])).toEqual([
    [null, 'loss', [1, 2]],
    [null, 'perplexity', [2.7, null]],
    ['de', 'loss', [1.5, null]],
    ['en', 'loss', [null, 2]],
  ])
})

test('a share of nothing and a side alone say no change', () => {
  expect(scoreRows([side({ chrf: 5 }), side({ chrf: 0 })])[0]?.change).toBeNull()
  expect(scoreRows([side({ chrf: 5 })])[0]?.change).toBeNull()
})

test('a language is named in the language of the interface', () => {
  expect(languageName('de', 'en')).toBe('German')
  expect(languageName('not a tag', 'en')).toBe('not a tag')
})
