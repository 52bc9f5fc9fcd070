import { callableModels, chosenModels } from '../../../../../server/console/pages/playground/models'
import type { Model } from '../../../../../server/contract/models'

const model = (id: string, kind: Model['kind'], callable = true): Model => ({
  id,
  object: 'model',
  created: 0,
  owned_by: 'forge',
  kind,
  name: id,
  base_model: 'base',
  parent: null,
  job_id: null,
  dataset_version_id: null,
  artifacts: [],
  artifact_hash: null,
  metrics: {},
  gate: null,
  checkpoints: [],
  forge: { engine: null, slow: null, callable },
})
const models = callableModels([model('base', 'base'), model('bad', 'adapter', false), model('tuned', 'adapter'), model('live', 'deployment')]) // prettier-ignore
const chosen = (search: string): string[] => chosenModels(new URLSearchParams(search), models)

test('what was released comes first, and what must not be called is not there', () => {
  expect(models.map(({ id }) => id)).toEqual(['live', 'tuned', 'base'])
})

test('the address chooses up to two different models, also ones that are in no list', () => {
  expect(chosen('')).toEqual(['live'])
  expect(chosen('model=base&model=tuned&model=live')).toEqual(['base', 'tuned'])
  expect(chosen('model=base&model=base')).toEqual(['base'])
  expect(chosen('model=model_1:ckpt-step-20')).toEqual(['model_1:ckpt-step-20'])
  expect(chosenModels(new URLSearchParams(), [])).toEqual([])
})
