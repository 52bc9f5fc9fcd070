import { classesFor, slotsFor } from '../../../server/workers/slots'

const machine = (gpus: number) => ({ cpus: 8, memory_bytes: 0, gpus, gpu_memory_bytes: 0, labels: {} })
const heavy = (gpus: number) =>
  slotsFor(classesFor(machine(gpus)), machine(gpus)).filter((slot) => !slot.includes('light'))

test('a machine without GPUs computes one thing at a time', () => {
  expect(heavy(0)).toEqual([['cpu']])
})

test('each GPU has a slot of its own, beside the one of the CPU', () => {
  expect(heavy(1)).toEqual([['gpu-1'], ['cpu']])
  expect(heavy(2)).toEqual([['gpu-n', 'gpu-1'], ['gpu-n', 'gpu-1'], ['cpu']])
})

test('a worker that takes no CPU jobs has no slot for them', () => {
  expect(slotsFor(['gpu-1'], machine(1))).toEqual([['gpu-1']])
})
