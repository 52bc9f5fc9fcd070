import { dependentsOf } from '../../../../../server/console/pages/models/dependents'
import { aDeployment, aModel } from './samples-of-data'

const model = aModel({ checkpoints: [{ step: 5, model: 'ftjob_1:ckpt-step-5', created_at: '' }] })

test('a deployment holds a model while it serves it or is about to', () => {
  const deployments = [
    aDeployment('serves', [['model_1', 'serving']]),
    aDeployment('rolls-out', [['model_2', 'serving'], ['model_1', 'rolling_out']]), // prettier-ignore
    aDeployment('served', [['model_1', 'retired'], ['model_2', 'serving']]), // prettier-ignore
    aDeployment('on-demand:model_1', [['model_1', 'serving']]),
  ]
  const { serving } = dependentsOf(model, [], deployments)
  expect(serving.map(({ name }) => name)).toEqual(['serves', 'rolls-out'])
})

test('models tuned from it are found under every name that a run may have given', () => {
  const parents = ['model_1', 'smollm:first', 'smollm:model_1', 'ftjob_1:ckpt-step-5', 'smollm', 'model_9']
  const models = parents.map((parent) => aModel({ id: `of ${parent}`, parent }))
  // a deployment of it is no model that was tuned
  models.push(aModel({ id: 'deployed', kind: 'deployment', parent: 'model_1' }))
  expect(dependentsOf(model, models, []).tuned.map(({ parent }) => parent)).toEqual(parents.slice(0, 4))
})
