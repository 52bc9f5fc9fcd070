import type { Resources, WorkerClass } from '../contract/jobs'

/** Steps that mostly wait: a deployment's roll-out, texts that the gateway writes. */
const lightSlots = 4

/** The classes that a worker with these resources leases from. */
export const classesFor = ({ gpus }: Resources): WorkerClass[] => [
  'light',
  'cpu',
  ...(gpus > 0 ? ['gpu-1' as const] : []),
  ...(gpus > 1 ? ['gpu-n' as const] : []),
]

/**
 * The slots of a worker, each with the classes that it leases from: one for computing on the CPU, one for each GPU, so
 * that a fine-tune on a GPU holds up no ingest, and some for `light`. Jobs that take several GPUs come before those that
 * take one.
 */
export const slotsFor = (classes: readonly WorkerClass[], { gpus }: Resources): WorkerClass[][] => {
  const ofGpus = (['gpu-n', 'gpu-1'] as const).filter((name) => classes.includes(name))
  return [
    ...(ofGpus.length > 0 ? Array.from({ length: Math.max(1, gpus) }, () => [...ofGpus]) : []),
    ...(classes.includes('cpu') ? [['cpu' as const]] : []),
    ...(classes.includes('light') ? Array.from({ length: lightSlots }, () => ['light' as const]) : []),
  ]
}
