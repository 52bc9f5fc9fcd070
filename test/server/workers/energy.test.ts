import type { MeterSample } from '../../../server/engines/meter-protocol'
import { createEnergy, idleOwner } from '../../../server/workers/energy'

const sample = (sequence: number, joules: Record<string, number>): MeterSample => ({
  type: 'sample',
  sequence,
  interval_seconds: 1,
  started_at: new Date(sequence * 1000).toISOString(),
  ended_at: new Date(sequence * 1000 + 1000).toISOString(),
  meters: [
    { meter: 'cpu', method: 'modelled', joules: 100, idle_joules: 10, covers: 'CPU package', error_percent: 30 },
  ],
  groups: Object.entries(joules).map(([group, cpu_joules]) => ({
    group,
    cpu_seconds: 1,
    gpu_seconds: 0,
    cpu_joules,
    gpu_joules: 0,
    method: 'modelled',
    rows: [{ meter: 'cpu', joules: cpu_joules, method: 'modelled', gpu_seconds: 0 }],
  })),
  other: { cpu_seconds: 0, gpu_seconds: 0, cpu_joules: 0, gpu_joules: 0, method: 'modelled', rows: [] },
})
const meter = { watch: () => undefined, unwatch: () => undefined }

test('an owner gets one sum per meter between two reports', () => {
  const energy = createEnergy(meter)
  energy.watch('engine', 10, () => ['job.1'])
  energy.watch('worker', 11, () => ['job.1'])
  energy.receive(sample(1, { engine: 4, worker: 1 }))
  energy.receive(sample(2, { engine: 6, worker: 0 }))

  expect(energy.unreported('job.1')).toMatchObject([
    {
      meter: 'cpu',
      sequence: 2,
      joules: 11,
      cpu_seconds: 4,
      started_at: new Date(1000).toISOString(),
      ended_at: new Date(3000).toISOString(),
    },
  ])
})

test('what was handed out stays as it is until it is acknowledged', () => {
  const energy = createEnergy(meter)
  energy.watch('engine', 10, () => ['job.1'])
  energy.receive(sample(1, { engine: 4 }))
  const first = energy.unreported('job.1')
  energy.receive(sample(2, { engine: 6 }))

  const again = energy.unreported('job.1')
  expect(again).toMatchObject([
    { sequence: 1, joules: 4 },
    { sequence: 2, joules: 6 },
  ])
  energy.acknowledge('job.1', first)
  expect(energy.unreported('job.1')).toMatchObject([{ sequence: 2, joules: 6 }])
})

test('an engine with several owners is shared, and with none counts as idle', () => {
  const energy = createEnergy(meter)
  let owners: string[] = ['rep_1', 'rep_2']
  energy.watch('serving', 10, () => owners)
  energy.receive(sample(1, { serving: 8 }))
  owners = []
  energy.receive(sample(2, { serving: 3 }))

  expect(energy.unreported('rep_1')).toMatchObject([{ joules: 4, cpu_seconds: 0.5, method: 'apportioned' }])
  expect(energy.unreported(idleOwner)).toMatchObject([{ joules: 10 + 10 + 3 }])
})

test('the last moments of a group are counted before it is forgotten', async () => {
  const energy = createEnergy({
    watch: () => undefined,
    unwatch: () => setTimeout(() => energy.receive(sample(3, { engine: 2 })), 5),
  })
  energy.watch('engine', 10, () => ['job.1'])
  await energy.release('engine')
  energy.receive(sample(4, { engine: 50 }))
  expect(energy.unreported('job.1')).toMatchObject([{ joules: 2 }])
})
