import { textRules } from '../../../../server/contract/text-rules'
import { checkTextRules } from '../../../../server/steps/evaluate/check-text-rules'

const rules = textRules.parse({
  languages: { en: { banned_words: ['best', 'must-have'] }, de: { banned_words: ['beste'] } },
  banned_characters: ['!'],
  channels: { shop: { min_facts: 2, words: { en: [4, 8] }, closing: { en: 'Made to be kept.' } } },
})
const context = { language: 'en', channel: 'shop', facts: ['Oak', '30 cm'] }
const check = (text: string, change: object = {}) => checkTextRules(text, { ...context, ...change }, rules)

test('a text that breaks no rule is on brand', () => {
  expect(check('An oak board, 30 cm wide. Made to be kept.')).toEqual([])
  expect(check('An oak board, 30 cm wide.\nMade to be kept.  \n')).toEqual([])
})

test('facts are found without regard to case, and too few are named', () => {
  expect(check('An OAK board for your kitchen. Made to be kept.')).toEqual(['1 of its facts, not 2'])
})

test('words are counted without the closing line', () => {
  expect(check('Oak, 30 cm. Made to be kept.')).toEqual(['3 words, not 4 to 8'])
  expect(check('Oak, 30 cm')).toEqual(['does not end with "Made to be kept."', '3 words, not 4 to 8'])
})

test('the closing must end the text', () => {
  expect(check('Made to be kept. An oak board, 30 cm.')).toContain('does not end with "Made to be kept."')
})

test.each([
  ['The BEST oak board, 30 cm. Made to be kept.', ['banned word "best"']],
  ['The bestseller oak board, 30 cm. Made to be kept.', []],
  ['A must-have oak board, 30 cm. Made to be kept.', ['banned word "must-have"']],
  ['An oak board, 30 cm wide! Made to be kept.', ['banned character "!"']],
])('banned words are whole words: %s', (text, broken) => {
  expect(check(text)).toEqual(broken)
})

test('a letter with an accent belongs to a word', () => {
  expect(check('Das bestellt man. Die Beste. éBeste', { language: 'de', channel: null })).toEqual([
    'banned word "beste"',
  ])
  expect(check('bestellt bestes beste\u0301', { language: 'de', channel: null })).toEqual([])
})

test('a language or a channel without rules adds none', () => {
  expect(check('Le meilleur', { language: 'fr', channel: 'leaflet' })).toEqual([])
})
