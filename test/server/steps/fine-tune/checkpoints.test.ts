import { Checkpoints } from '../../../../server/steps/fine-tune/checkpoints'

const checkpoint = (step: number) => ({ step, path: `step-${step}`, metrics: {} })

test('a checkpoint that comes during an upload gives its place to a newer one', async () => {
  const uploaded: number[] = []
  const first = Promise.withResolvers<void>()
  const third = Promise.withResolvers<void>()
  const checkpoints = new Checkpoints(
    async ({ step }) => {
      if (step === 1) await first.promise
      uploaded.push(step)
      if (step === 3) third.resolve()
    },
    () => undefined,
  )
  for (const step of [1, 2, 3]) checkpoints.add(checkpoint(step))
  first.resolve()
  await third.promise
  expect(uploaded).toEqual([1, 3])
})

test('the last checkpoint is durable once it is settled, and is uploaded once', async () => {
  const uploaded: number[] = []
  const arrived = Promise.withResolvers<void>()
  const checkpoints = new Checkpoints(
    async ({ step }) => {
      await arrived.promise
      uploaded.push(step)
    },
    () => undefined,
  )
  checkpoints.add(checkpoint(7))
  const settled = checkpoints.settle(checkpoint(7))
  arrived.resolve()
  await settled
  await checkpoints.settle(checkpoint(7))
  expect(uploaded).toEqual([7])
})

test('an upload that fails in the background is told, and the next one is tried', async () => {
  const uploaded: number[] = []
  const failed = Promise.withResolvers<number>()
  const checkpoints = new Checkpoints(
    ({ step }) => {
      if (step === 1) return Promise.reject(new Error('gone'))
      uploaded.push(step)
      return Promise.resolve()
    },
    (step) => {
      failed.resolve(step)
    },
  )
  checkpoints.add(checkpoint(1))
  expect(await failed.promise).toBe(1)
  checkpoints.add(checkpoint(2))
  await checkpoints.settle(checkpoint(2))
  expect(uploaded).toEqual([2])
})

test('where uploads have a least pause, a checkpoint that comes sooner stays on the disk', async () => {
  const uploaded: number[] = []
  const checkpoints = new Checkpoints(
    ({ step }) => {
      uploaded.push(step)
      return Promise.resolve()
    },
    () => undefined,
    60_000,
  )
  checkpoints.add(checkpoint(1))
  // the one of a pause is made durable at once
  await checkpoints.settle(checkpoint(2))
  expect(uploaded).toEqual([2])
})
