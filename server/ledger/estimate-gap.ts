import type { EnergySample } from '../contract/energy-sample'

/** How far back "last mean power" looks: smooths seconds, and still is the present phase of work. */
const meanPowerWindowMs = 60_000

/**
 * What a killed worker never reported: per meter, one sample from the end of the attempt's last one until the
 * attempt's last sign of life, at its mean power of the last minute, marked `estimated`.
 *
 * Empty when there is no gap, or no sample to take a power from. Its sequence is the last one’s, negated and one less (0 has no negative): asking
 * again with the same samples gives the same key, and a real sample that arrives late never meets it.
 */
export const estimateGap = (samples: readonly EnergySample[], lastSignOfLife: Date): EnergySample[] => {
  const real = samples.filter((sample) => sample.method !== 'estimated')
  const meters = [...new Set(real.map((sample) => sample.meter))]
  return meters.flatMap((meter) =>
    fill(
      real.filter((sample) => sample.meter === meter),
      lastSignOfLife,
    ),
  )
}

const fill = (samples: readonly EnergySample[], until: Date): EnergySample[] => {
  const last = samples.reduce((latest, sample) => (sample.sequence > latest.sequence ? sample : latest))
  const end = Date.parse(last.ended_at)
  const gapMs = until.getTime() - end
  const recent = samples.filter((sample) => Date.parse(sample.ended_at) > end - meanPowerWindowMs)
  const metredMs = recent.reduce((sum, sample) => sum + Date.parse(sample.ended_at) - Date.parse(sample.started_at), 0)
  if (gapMs <= 0 || metredMs <= 0) return []
  const mean = (of: (sample: EnergySample) => number) =>
    (recent.reduce((sum, sample) => sum + of(sample), 0) / metredMs) * gapMs
  return [
    {
      meter: last.meter,
      sequence: -last.sequence - 1,
      started_at: last.ended_at,
      ended_at: until.toISOString(),
      joules: mean((sample) => sample.joules),
      cpu_seconds: mean((sample) => sample.cpu_seconds),
      gpu_seconds: mean((sample) => sample.gpu_seconds),
      method: 'estimated',
      covers: last.covers,
      error_percent: null,
    },
  ]
}
