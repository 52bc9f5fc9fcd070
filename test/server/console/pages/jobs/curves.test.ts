import { curvesOf } from '../../../../../server/console/pages/jobs/curves'
import type { JobEvent } from '../../../../../server/contract/jobs'

let seq = 0
const progress = (step: number, metrics: Record<string, number>): JobEvent => ({
  id: `job_1:${String((seq += 1))}`,
  object: 'job.event',
  job_id: 'job_1',
  seq,
  name: 'job.progress',
  data: { step, metrics },
  created_at: '2026-12-01T00:00:00Z',
})

test('each metric is a curve over the steps', () => {
  expect(curvesOf([progress(1, { loss: 4, learning_rate: 0.1 }), progress(2, { loss: 3 })])).toEqual([
    { metric: 'loss', points: [[1, 4], [2, 3]] }, // prettier-ignore
    { metric: 'learning_rate', points: [[1, 0.1]] },
  ])
})

test('steps that an attempt did again replace those of the lost one', () => {
  const events = [
    progress(1, { loss: 4 }),
    progress(2, { loss: 3 }),
    progress(3, { loss: 9 }),
    progress(2, { loss: 3 }),
  ]
  expect(curvesOf([...events, progress(3, { loss: 2 })])[0]?.points).toEqual([
    [1, 4],
    [2, 3],
    [3, 2],
  ])
})

test('a long run is thinned, and keeps its first and its last point', () => {
  const points = curvesOf(Array.from({ length: 10_001 }, (_, step) => progress(step, { loss: step })))[0]?.points ?? []
  expect(points.length).toBeLessThanOrEqual(801)
  expect([points[0], points.at(-1)]).toEqual([
    [0, 0],
    [10_000, 10_000],
  ])
})
