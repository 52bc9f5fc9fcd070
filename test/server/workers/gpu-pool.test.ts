import { createGpuPool, gpuEnvironment, readGpus } from '../../../server/workers/gpu-pool'

const never = new AbortController().signal

test('no GPU is given twice, and one that is released goes to who waits', async () => {
  const pool = createGpuPool(['GPU-a', 'GPU-b'])
  const [first, second] = [await pool.take(1, never), await pool.take(1, never)]
  expect([first.ids, second.ids]).toEqual([['GPU-a'], ['GPU-b']])
  expect(pool.free()).toBe(0)

  const waiting = pool.take(1, never)
  second.release()
  second.release() // again changes nothing

  expect((await waiting).ids).toEqual(['GPU-b'])
  expect(pool.free()).toBe(0)
})

test('one that needs several is not overtaken by those that need one', async () => {
  const pool = createGpuPool(['GPU-a', 'GPU-b'])
  const first = await pool.take(1, never)
  const order: string[] = []
  const both = pool.take(2, never).then((held) => {
    order.push('both')
    held.release()
  })
  const one = pool.take(1, never).then(() => void order.push('one'))
  first.release()
  await Promise.all([both, one])

  expect(order).toEqual(['both', 'one'])
})

test('who gives up waiting lets the next one pass', async () => {
  const pool = createGpuPool(['GPU-a', 'GPU-b'])
  await pool.take(1, never)
  const abort = new AbortController()
  const both = pool.take(2, abort.signal)
  const one = pool.take(1, never)
  abort.abort(new Error('cancelled'))

  await expect(both).rejects.toThrow('cancelled')
  expect((await one).ids).toEqual(['GPU-b'])
})

test('more than there are is refused at once', async () => {
  await expect(createGpuPool(['GPU-a']).take(2, never)).rejects.toThrow('2 GPUs were asked of a worker that has 1')
})

test('an attempt without GPUs sees none, and says so', () => {
  expect(gpuEnvironment([])).toEqual({ CUDA_VISIBLE_DEVICES: '' })
  expect(gpuEnvironment(['GPU-a', 'GPU-b'])).toEqual({ CUDA_VISIBLE_DEVICES: 'GPU-a,GPU-b' })
})

describe('the answer of nvidia-smi', () => {
  const answer = '0, GPU-11aa, 81559\n1, GPU-22bb, 40960\n2, GPU-33cc, 81559\n'
  const mebibyte = 1024 ** 2

  test('gives every GPU, with the memory of the smallest', () => {
    expect(readGpus(answer, undefined)).toEqual({
      gpus: 3,
      gpu_memory_bytes: 40_960 * mebibyte,
      ids: ['GPU-11aa', 'GPU-22bb', 'GPU-33cc'],
    })
  })

  test.each([
    ['0,2', ['GPU-11aa', 'GPU-33cc']],
    ['GPU-22bb', ['GPU-22bb']],
    ['GPU-33', ['GPU-33cc']],
    ['', []],
  ])('less what CUDA_VISIBLE_DEVICES=%j hides from the worker', (visible, ids) => {
    expect(readGpus(answer, visible).ids).toEqual(ids)
  })

  test('is empty where there is no GPU', () => {
    expect(readGpus('', undefined)).toEqual({ gpus: 0, gpu_memory_bytes: 0, ids: [] })
  })
})
