import type { EnergySample } from '../contract/energy-sample'
import type { MeterSample } from './meter-protocol'

/** One group's rows of a meter sample, as the ledger takes them; empty when the group was not watched. */
export const energySamplesOf = (sample: MeterSample, group: string): EnergySample[] => {
  const used = sample.groups.find((candidate) => candidate.group === group)
  if (!used) return []
  const readings = new Map(sample.meters.map((reading) => [reading.meter, reading]))
  return used.rows.map((row) => ({
    meter: row.meter,
    sequence: sample.sequence,
    started_at: sample.started_at,
    ended_at: sample.ended_at,
    joules: row.joules,
    cpu_seconds: row.meter === 'cpu' ? used.cpu_seconds : 0,
    gpu_seconds: row.gpu_seconds,
    method: row.method,
    covers: readings.get(row.meter)?.covers ?? row.meter,
    error_percent: readings.get(row.meter)?.error_percent ?? null,
  }))
}
