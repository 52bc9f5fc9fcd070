import { inParallel } from '../../../../server/steps/handler/in-parallel'

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('answers come in the order of the items, and no more than the limit run at once', async () => {
  let running = 0
  let most = 0
  const answers = await inParallel([30, 5, 20, 1, 10], 2, async (ms, index) => {
    most = Math.max(most, ++running)
    await later(ms)
    running -= 1
    return index
  })
  expect(answers).toEqual([0, 1, 2, 3, 4])
  expect(most).toBe(2)
})

test('the first failure ends it, and nothing new is begun', async () => {
  const begun: number[] = []
  await expect(
    inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item)
      await later(5)
      if (item === 1) throw new Error('no')
    }),
  ).rejects.toThrow('no')
  await later(20)
  expect(begun.length).toBeLessThan(5)
})
