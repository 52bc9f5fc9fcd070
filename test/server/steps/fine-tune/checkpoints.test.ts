import { Checkpoints } from '../../../../server/steps/fine-tune/checkpoints'

const checkpoint = (step: number) => ({ step, path: `step-${step}`, metrics: {} })
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a checkpoint that comes during an upload gives its place to a newer one', async () => {
  const uploaded: number[] = []
  const checkpoints = new Checkpoints(
    async ({ step }) => {
      await later(10)
      uploaded.push(step)
    },
    () => undefined,
  )
  for (const step of [1, 2, 3]) checkpoints.add(checkpoint(step))
  await later(50)
  expect(uploaded).toEqual([1, 3])
})

test('the last checkpoint is durable once it is settled, and is uploaded once', async () => {
  const uploaded: number[] = []
  const checkpoints = new Checkpoints(
    async ({ step }) => {
      await later(5)
      uploaded.push(step)
    },
    () => undefined,
  )
  checkpoints.add(checkpoint(7))
  await checkpoints.settle(checkpoint(7))
  await checkpoints.settle(checkpoint(7))
  expect(uploaded).toEqual([7])
})

test('an upload that fails in the background is told, and the next one is tried', async () => {
  const failed: number[] = []
  const uploaded: number[] = []
  const checkpoints = new Checkpoints(
    ({ step }) => {
      if (step === 1) return Promise.reject(new Error('gone'))
      uploaded.push(step)
      return Promise.resolve()
    },
    (step) => failed.push(step),
  )
  checkpoints.add(checkpoint(1))
  await later(5)
  checkpoints.add(checkpoint(2))
  await later(5)
  expect([failed, uploaded]).toEqual([[1], [2]])
})
