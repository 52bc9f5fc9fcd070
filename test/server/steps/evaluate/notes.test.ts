import { evaluationNotes } from '../../../../server/steps/evaluate/notes'

const facts = {
  baseModel: 'smollm2-135m-instruct',
  languages: ['fr', 'en', 'de'],
  gateLanguage: 'en',
  usedTrainingRows: false,
}

test('languages that the base was hardly trained on are named', () => {
  expect(evaluationNotes(facts)).toEqual([
    'This base model was trained mostly on English; German and French figures are reported, not judged.',
  ])
})

test('figures on training rows are marked', () => {
  expect(evaluationNotes({ ...facts, languages: ['en'], usedTrainingRows: true })).toEqual([
    expect.stringContaining('no held-back rows'),
  ])
})

test('a gate on one language says so for any base', () => {
  expect(evaluationNotes({ ...facts, baseModel: 'folder:own', languages: ['en', 'de'] })).toEqual([
    'The gate looks at English only; German figures are reported, not judged.',
  ])
})
