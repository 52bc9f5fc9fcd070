import type { JobEvent } from '../../../contract/jobs'

/** A metric over the steps of a job, in one attempt or over several: what a later attempt did again replaces it. */
export interface Curve {
  metric: string
  points: [number, number][]
}

/** At most as many points as a screen shows; the first, the last and every n-th between them. */
const thin = (points: [number, number][], most = 800): [number, number][] => {
  if (points.length <= most) return points
  const every = Math.ceil(points.length / most)
  return points.filter((_point, index) => index % every === 0 || index === points.length - 1)
}

/** The curves of all metrics that a job's progress tells, each over its steps in ascending order. */
export const curvesOf = (events: readonly JobEvent[]): Curve[] => {
  const byMetric = new Map<string, Map<number, number>>()
  for (const { name, data } of events) {
    if (name !== 'job.progress') continue
    const { step, metrics } = data as { step: number; metrics?: Record<string, number> }
    for (const [metric, value] of Object.entries(metrics ?? {})) {
      const points = byMetric.get(metric) ?? new Map<number, number>()
      points.set(step, value)
      byMetric.set(metric, points)
    }
  }
  return [...byMetric].map(([metric, points]) => ({
    metric,
    points: thin([...points].sort(([a], [b]) => a - b)),
  }))
}
