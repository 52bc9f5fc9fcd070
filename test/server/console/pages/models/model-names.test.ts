import { distinct, nameModel, shortName } from '../../../../../server/console/pages/models/model-names'
import { aModel } from './samples-of-data'

const models = [
  aModel({ id: 'smollm', kind: 'base', name: 'smollm' }),
  aModel({ id: 'model_1', name: 'smollm:first', job_id: 'job_7' }),
  aModel({ id: 'shop', kind: 'deployment', name: 'shop' }),
]

test('a tuned model and a base are called by name and lead to their views', () => {
  expect(nameModel('model_1', models)).toEqual({ text: 'smollm:first', view: '/models/model_1' })
  expect(nameModel('smollm', models)).toEqual({ text: 'smollm', view: '/models/smollm' })
})

test('a checkpoint leads to the model of its job, or to its job while there is no model', () => {
  expect(nameModel('ftjob_7:ckpt-step-30', models)).toEqual({
    text: 'smollm:first:ckpt-step-30',
    view: '/models/model_1',
  })
  expect(nameModel('ftjob_8:ckpt-step-30', models)).toEqual({ text: 'ftjob_8:ckpt-step-30', view: '/jobs/job_8' })
})

test('what the list does not have has no view', () => {
  expect(nameModel('folder:own', models)).toEqual({ text: 'folder:own', view: null })
  expect(nameModel('shop', models).view).toBeNull()
})

test('the head of a column leaves out the base', () => {
  expect(['model_1', 'smollm', 'ftjob_7:ckpt-step-30'].map((id) => shortName(id, models))).toEqual([
    '…first',
    'smollm',
    '…first:ckpt-step-30',
  ])
})

test('two of one name are told apart by the end of their ids', () => {
  const [a, b, c] = ['model_111111', 'model_222222', 'model_333333'].map((id) => ({ id, name: 'same' }))
  expect(distinct([a!, b!])).toEqual(['same (111111)', 'same (222222)'])
  expect(distinct([a!, { ...c!, name: 'other' }])).toEqual(['same', 'other'])
})
