import type { EnergySample } from '../contract/energy-sample'
import { energyMethod } from '../contract/usage'
import type { MeterSample } from '../engines/meter-protocol'
import { energySamplesOf } from '../engines/meter-samples'

/** Who the joules of nobody's work belong to: the worker's own row. */
export const idleOwner = 'idle'
/** How many samples one report may carry. */
const maxSamples = 600

/** The commands of a meter that are used here; `createMeter` gives them. */
export interface MeterCommands {
  watch(group: string, pgid: number): void
  unwatch(group: string): void
}

export interface Energy {
  receive(sample: MeterSample): void
  /** Counts a process group's use to its owners of the moment, in equal shares; to idle while it has none. */
  watch(group: string, pgid: number, owners: () => readonly string[]): void
  /** Counts the last moments of a group, then forgets it. Call it before its processes are gone. */
  release(group: string): Promise<void>
  /** What an owner used and has not had acknowledged. The same samples again until then, so that none counts twice. */
  unreported(owner: string): EnergySample[]
  acknowledge(owner: string, samples: readonly EnergySample[]): void
}

const { options: uncertain } = energyMethod
const worse = (a: EnergySample['method'], b: EnergySample['method']) =>
  uncertain.indexOf(a) > uncertain.indexOf(b) ? a : b

const add = (known: EnergySample | undefined, sample: EnergySample): EnergySample =>
  known === undefined
    ? sample
    : {
        ...sample,
        started_at: known.started_at,
        joules: known.joules + sample.joules,
        cpu_seconds: known.cpu_seconds + sample.cpu_seconds,
        gpu_seconds: known.gpu_seconds + sample.gpu_seconds,
        method: worse(known.method, sample.method),
      }

const share = (sample: EnergySample, parts: number): EnergySample =>
  parts === 1
    ? sample
    : {
        ...sample,
        joules: sample.joules / parts,
        cpu_seconds: sample.cpu_seconds / parts,
        gpu_seconds: sample.gpu_seconds / parts,
        method: worse(sample.method, 'apportioned'),
      }

const idleSamplesOf = ({ meters, ...sample }: MeterSample): EnergySample[] =>
  meters.map((reading) => ({
    meter: reading.meter,
    sequence: sample.sequence,
    started_at: sample.started_at,
    ended_at: sample.ended_at,
    joules: reading.idle_joules,
    method: reading.method,
    covers: reading.covers,
    error_percent: reading.error_percent,
    cpu_seconds: 0,
    gpu_seconds: 0,
  }))

/**
 * Sums the meter's samples per owner (a lease or a replica) and meter between two reports. A sum that was handed out
 * stays as it is, with its sequence number, until it is acknowledged.
 */
export const createEnergy = (meter: MeterCommands, lastSample_ms = 1_500): Energy => {
  const groups = new Map<string, () => readonly string[]>()
  const open = new Map<string, Map<string, EnergySample>>()
  const closed = new Map<string, EnergySample[]>()
  const waiting = new Map<string, () => void>()

  const count = (owner: string, sample: EnergySample): void => {
    // a replica that nobody calls would fill the ledger with nothing
    if (sample.joules === 0 && sample.cpu_seconds === 0 && sample.gpu_seconds === 0) return
    const meters = open.get(owner) ?? new Map<string, EnergySample>()
    meters.set(sample.meter, add(meters.get(sample.meter), sample))
    open.set(owner, meters)
  }
  return {
    receive: (sample) => {
      for (const idle of idleSamplesOf(sample)) count(idleOwner, idle)
      for (const [group, ownersOf] of groups) {
        const owners = ownersOf()
        for (const used of energySamplesOf(sample, group)) {
          for (const owner of owners.length === 0 ? [idleOwner] : owners)
            count(owner, share(used, Math.max(1, owners.length)))
        }
        if (sample.groups.some((candidate) => candidate.group === group)) waiting.get(group)?.()
      }
    },
    watch: (group, pgid, owners) => {
      groups.set(group, owners)
      meter.watch(group, pgid)
    },
    release: async (group) => {
      if (!groups.has(group)) return
      await new Promise<void>((resolve) => {
        // a meter that is away sends no last sample
        const timer = setTimeout(resolve, lastSample_ms)
        waiting.set(group, () => {
          clearTimeout(timer)
          resolve()
        })
        meter.unwatch(group)
      })
      waiting.delete(group)
      groups.delete(group)
    },
    unreported: (owner) => {
      const samples = [...(closed.get(owner) ?? []), ...(open.get(owner)?.values() ?? [])]
      open.delete(owner)
      if (samples.length > 0) closed.set(owner, samples)
      return samples.slice(0, maxSamples)
    },
    acknowledge: (owner, samples) => {
      const left = closed.get(owner)?.slice(samples.length) ?? []
      if (left.length > 0) closed.set(owner, left)
      else closed.delete(owner)
    },
  }
}
