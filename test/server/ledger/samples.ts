import type { EnergySample } from '../../../server/contract/energy-sample'

/** A one-second CPU sample of 10 J; `second` counts from 2026-03-02 12:00 UTC, a Monday. */
export const sampleAt = (second: number, change: Partial<EnergySample> = {}): EnergySample => ({
  meter: 'cpu',
  sequence: second,
  started_at: at(second),
  ended_at: at(second + 1),
  joules: 10,
  method: 'measured',
  covers: 'cpu package',
  error_percent: 5,
  cpu_seconds: 2,
  gpu_seconds: 0,
  ...change,
})

export const at = (second: number): string => new Date(Date.UTC(2026, 2, 2, 12, 0, 0) + second * 1000).toISOString()
