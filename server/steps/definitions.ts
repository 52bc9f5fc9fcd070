import type { ResourceClass, Resources, StepKind } from '../contract/jobs'

/** What a kind of job needs from a worker. */
export interface StepDefinition {
  class: ResourceClass
  resources: Resources
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
 * Steps that mostly wait are `light`; steps that compute hold the worker's one training slot. `sleep` holds it too: it
 * stands for a computing step where the queue and the kill paths are proven without a model.
 */
export const steps: Record<StepKind, StepDefinition> = {
  sleep: { class: 'cpu', resources: needs(0, 0) },
  ingest: { class: 'cpu', resources: needs(1, gigabyte) },
  'fine-tune': { class: 'cpu', resources: needs(1, 4 * gigabyte) },
  evaluate: { class: 'cpu', resources: needs(1, 2 * gigabyte) },
  deploy: { class: 'light', resources: needs(0, 0) },
  generate: { class: 'light', resources: needs(0, 0) },
  recipe: { class: 'light', resources: needs(0, 0) },
}
