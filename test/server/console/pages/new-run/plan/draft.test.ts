import { recipe } from '../../../../../../server/contract/recipes'
import { fineTuneInput } from '../../../../../../server/contract/fine-tuning'
import {
  effectiveEpochs,
  fineTuneOf,
  firstDraft,
  gateOf,
  isReady,
  nameOf,
  stepsOf,
} from '../../../../../../server/console/pages/new-run/plan/draft'

const parse = (draft = firstDraft) =>
  recipe.parse({ name: 'shop_texts', ingest: { file_ids: ['file_1'], options: {} }, ...stepsOf(draft, 'shop_texts') })

test('the first draft is a recipe that trains, judges and deploys', () => {
  const { fine_tune, evaluate, deploy } = parse()
  expect(isReady(firstDraft, 'shop_texts')).toBe(true)
  expect(fine_tune.hyperparameters).toMatchObject({ epochs: 1, max_steps: null, batch_size: 8 })
  expect(evaluate?.gate).toEqual({ loss: { improve_by: 0.05 } })
  expect(deploy?.name).toBe('shop-texts')
  expect(deploy?.require_approval).toBeUndefined()
})

test('what is chosen is what is asked for', () => {
  const { fine_tune, evaluate, deploy } = parse({
    ...firstDraft,
    max_steps: 2,
    loss_better: null,
    language_least: 95,
    max_items: 3,
    deployment: 'writer',
    asks: true,
  })
  expect(fine_tune.hyperparameters.max_steps).toBe(2)
  expect(evaluate).toMatchObject({ gate: { language_match: { min: 0.95 } }, max_items: 3 })
  expect(deploy).toMatchObject({ name: 'writer', require_approval: true })
  expect(parse({ ...firstDraft, deploys: false }).deploy).toBeUndefined()
})

test('the training alone is a job that the API takes', () => {
  expect(fineTuneInput.safeParse(fineTuneOf(firstDraft, 'a', 'dsv_1')).success).toBe(true)
})

test('without a condition there is no gate', () => {
  expect(gateOf({ ...firstDraft, loss_better: null })).toEqual({})
})

test('a number out of its range or a wrong name cannot be started', () => {
  expect(isReady({ ...firstDraft, epochs: 0 }, 'a')).toBe(false)
  expect(isReady({ ...firstDraft, epochs: Number.NaN }, 'a')).toBe(false)
  expect(isReady({ ...firstDraft, deployment: 'No Name' }, 'a')).toBe(false)
  expect(isReady({ ...firstDraft, deployment: 'No Name', deploys: false }, 'a')).toBe(true)
  expect(nameOf({ ...firstDraft, deployment: 'own' }, 'a')).toBe('own')
})

test.each([
  [firstDraft, 80, 1],
  [{ ...firstDraft, max_steps: 5 }, 80, 0.5],
  [{ ...firstDraft, max_steps: 5, batch_size: 4 }, 80, 0.25],
  [{ ...firstDraft, epochs: 2, max_steps: 1000 }, 80, 2],
  [{ ...firstDraft, max_steps: 5 }, 0, 1],
])('steps may end before the epochs do', (draft, rows, epochs) => {
  expect(effectiveEpochs(draft, rows)).toBe(epochs)
})
