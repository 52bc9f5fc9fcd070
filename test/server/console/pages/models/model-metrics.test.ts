import { mainLoss, numbersOf } from '../../../../../server/console/pages/models/model-metrics'

const metrics = { steps: 3, train_loss: 2, validation_loss: null, rows: { used: 3 }, device: 'cpu' }

test('the plain numbers are shown', () => {
  expect(numbersOf(metrics)).toEqual([
    ['steps', 3],
    ['train_loss', 2],
  ])
})

test('the loss on held-back rows tells more than that of the training', () => {
  expect(mainLoss({ ...metrics, validation_loss: 1 })).toEqual({ name: 'validation_loss', value: 1 })
  expect(mainLoss(metrics)).toEqual({ name: 'train_loss', value: 2 })
  expect(mainLoss({})).toBeNull()
})
