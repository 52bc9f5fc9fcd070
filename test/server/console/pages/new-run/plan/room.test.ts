import { largestMemory } from '../../../../../../server/console/pages/new-run/plan/room'

type Worker = Parameters<typeof largestMemory>[0][number]
const worker = (part: Partial<Worker>, memory_bytes: number): Worker => ({
  id: 'wrk_1',
  object: 'worker',
  name: 'w',
  resources: { cpus: 2, memory_bytes, gpus: 0, gpu_memory_bytes: 0, labels: {} },
  classes: ['light', 'cpu'],
  state: 'active',
  last_seen_at: '2026-12-01T00:00:00Z',
  running_jobs: [],
  ...part,
})

test('the memory there is that of the largest worker that trains', () => {
  expect(largestMemory([worker({}, 4), worker({}, 8), worker({ classes: ['light'] }, 64)])).toBe(8)
  expect(largestMemory([worker({ state: 'gone' }, 8)])).toBeNull()
})
