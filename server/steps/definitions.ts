import { ForgeError } from '../contract/errors'
import type { ResourceClass, ResourceRequest, Resources, StepKind } from '../contract/jobs'

/** What a kind of job needs from a worker. */
export interface StepDefinition {
  class: ResourceClass
  resources: Resources
  /** Whether its engine computes on a GPU when it gets one. */
  usesGpu: boolean
}

/** Where a job may run. With `autoGpu` class and `gpus` are those of a CPU until the dispatcher decides. */
export interface Placement {
  class: ResourceClass
  resources: Resources
  autoGpu: boolean
}

const gigabyte = 1024 ** 3
const needs = (cpus: number, memory_bytes: number): Resources => ({
  cpus,
  memory_bytes,
  gpus: 0,
  gpu_memory_bytes: 0,
  labels: {},
})

/**
 * Steps that mostly wait are `light`; steps that compute hold a slot of the worker that is theirs alone. `server`: nobody
 * runs it here, the server follows it.
 */
export const steps: Record<StepKind, StepDefinition> = {
  sleep: { class: 'light', resources: needs(0, 0), usesGpu: false },
  ingest: { class: 'cpu', resources: needs(1, gigabyte), usesGpu: false },
  'fine-tune': { class: 'cpu', resources: needs(1, 4 * gigabyte), usesGpu: true },
  evaluate: { class: 'cpu', resources: needs(1, 2 * gigabyte), usesGpu: true },
  deploy: { class: 'light', resources: needs(0, 0), usesGpu: false },
  generate: { class: 'light', resources: needs(0, 0), usesGpu: false },
  recipe: { class: 'light', resources: needs(0, 0), usesGpu: false },
  'airflow-dag': { class: 'server', resources: needs(0, 0), usesGpu: false },
}

/**
 * What a job of this kind books, as asked. A recipe run hands one request to all its steps: there, what a step cannot
 * use is left out; a job of its own is refused with `invalid_request` instead.
 */
export const placementOf = (
  kind: StepKind,
  asked: ResourceRequest | undefined,
  { inRecipe = false }: { inRecipe?: boolean } = {},
): Placement => {
  const { class: usual, resources, usesGpu } = steps[kind]
  if (asked === undefined) return { class: usual, resources, autoGpu: usesGpu }
  if (usual === 'light' || usual === 'server') {
    if (inRecipe) return { class: usual, resources, autoGpu: false }
    throw new ForgeError('invalid_request', {
      detail: `job.resources: a job of kind ${kind} mostly waits and books nothing; leave it out.`,
    })
  }
  const booked = {
    ...resources,
    labels: asked.labels,
    ...(asked.cpus === undefined ? {} : { cpus: asked.cpus }),
    ...(asked.memory_bytes === undefined ? {} : { memory_bytes: asked.memory_bytes }),
  }
  if (!usesGpu) {
    if (asked.gpus === 'auto' || asked.gpus === 0 || inRecipe)
      return { class: usual, resources: booked, autoGpu: false }
    throw new ForgeError('invalid_request', {
      detail: `job.resources.gpus: a job of kind ${kind} cannot use a GPU (got ${String(asked.gpus)}); leave it out.`,
    })
  }
  const gpus = asked.gpus === 'auto' ? 0 : asked.gpus
  return {
    class: gpus === 0 ? 'cpu' : gpus === 1 ? 'gpu-1' : 'gpu-n',
    resources: { ...booked, gpus, gpu_memory_bytes: asked.gpu_memory_bytes },
    autoGpu: asked.gpus === 'auto',
  }
}
