import { joinSamples, samplesOf } from '../../../../../server/console/pages/models/samples'
import { anItem } from './samples-of-data'

const textsOf = (written: ({ text: string } | null)[]) => written.map((one) => one?.text ?? null)

test('an evaluation shows the model beside its baseline', () => {
  const [sample] = samplesOf([anItem(4, 'a', 'b')], ['model', 'baseline'])
  expect(sample).toMatchObject({ index: 4, prompt: 'prompt 4', reference: 'reference 4' })
  expect(textsOf(sample?.written ?? [])).toEqual(['a', 'b'])
  expect(sample?.written[1]?.scores).toEqual({ chrf: 2 })
})

test('items of two evaluations are joined by their row, those of one alone come last', () => {
  const joined = joinSamples(
    [
      [anItem(7, 'a7'), anItem(3, 'a3')],
      [anItem(1, 'b1'), anItem(7, 'b7')],
    ],
    ['model', 'model'],
  )
  expect(joined.map(({ index, written }) => [index, textsOf(written)])).toEqual([
    [7, ['a7', 'b7']],
    [1, [null, 'b1']],
    [3, ['a3', null]],
  ])
})

test('a model can stand beside what it was the baseline of', () => {
  const items = [anItem(1, 'tuned', 'base')]
  expect(joinSamples([items, items], ['model', 'baseline']).map(({ written }) => textsOf(written))).toEqual([
    ['tuned', 'base'],
  ])
})
