import { byCount, languageName } from '../../../../../server/console/pages/datasets/languages'

test('languages have names; any other text stays as it is', () => {
  expect(languageName('de', 'en')).toBe('German')
  expect(languageName('de', 'zh-TW')).toBe('德文')
  expect(languageName('not a language', 'en')).toBe('not a language')
})

test('the largest comes first, and nothing is left out of the list by its name', () => {
  expect(byCount({ en: 2, de: 5, fr: 0 })).toEqual([
    ['de', 5],
    ['en', 2],
  ])
})
