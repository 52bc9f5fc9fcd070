import { pickPair } from '../../../../../server/console/pages/models/pick-pair'
import { anEvaluation } from './samples-of-data'

const a = { id: 'model_a', artifact_hash: 'hash_a' }
const b = { id: 'model_b', artifact_hash: 'hash_b' }
const base = { id: 'smollm', artifact_hash: null }
const of = (id: string, { id: model, artifact_hash: hash }: typeof a, version: string, baseline?: string) =>
  anEvaluation(id, model, { hash, version, ...(baseline === undefined ? {} : { baseline }) })

test('the newest evaluations on the same version are taken, also where a newer one is on another', () => {
  const evaluations = [of('a3', a, 'v2'), of('b2', b, 'v1'), of('a2', a, 'v1'), of('b1', b, 'v1'), of('a1', a, 'v1')]
  expect(pickPair(evaluations, [a, b])).toMatchObject({
    kind: 'same_data',
    first: { evaluation: { id: 'a2' }, side: 'model' },
    second: { evaluation: { id: 'b2' }, side: 'model' },
  })
})

test('where one was the baseline of the other, that evaluation has both', () => {
  const evaluations = [of('a2', a, 'v2', 'smollm'), of('b1', b, 'v1', 'smollm')]
  expect(pickPair(evaluations, [base, b])).toMatchObject({
    kind: 'same_data',
    first: { evaluation: { id: 'b1' }, side: 'baseline' },
    second: { evaluation: { id: 'b1' }, side: 'model' },
  })
})

test('other data are said, and so is who was not evaluated', () => {
  expect(pickPair([of('a1', a, 'v1'), of('b1', b, 'v2')], [a, b]).kind).toBe('other_data')
  expect(pickPair([of('a1', a, 'v1')], [a, b])).toMatchObject({
    kind: 'missing',
    first: { evaluation: { id: 'a1' } },
    second: null,
  })
})
