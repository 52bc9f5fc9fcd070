import type { Answer } from '../../../api/client'

type Worker = Answer<'listWorkers'>['data'][number]

/** The most memory that one worker offers which could take the job; null: no such worker is there. */
export const largestMemory = (workers: readonly Worker[]): number | null => {
  const sizes = workers
    .filter(({ state, classes }) => state === 'active' && classes.some((name) => name !== 'light'))
    .map(({ resources }) => resources.memory_bytes)
  return sizes.length === 0 ? null : Math.max(...sizes)
}
