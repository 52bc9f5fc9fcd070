import type { EnergySample } from '../../../server/contract/energy-sample'
import { routes } from '../../../server/contract/routes'
import type { ScriptedWorker } from '../../support/scripted-worker'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let worker: ScriptedWorker
beforeAll(async () => {
  server = await startServer({ FORGE_PRICES: '{"price_per_kwh": 0.36, "grid_grams_per_kwh": 360}' })
  worker = await server.worker('only')
}, 60_000)
afterAll(() => server.stop())

const base = Date.UTC(2026, 0, 1)
const sample = (sequence: number, more: Partial<EnergySample> = {}): EnergySample => ({
  meter: 'cpu',
  sequence,
  started_at: new Date(base + sequence * 1000).toISOString(),
  ended_at: new Date(base + sequence * 1000 + 1000).toISOString(),
  joules: 100,
  method: 'measured',
  covers: 'cpu package',
  error_percent: null,
  cpu_seconds: 2,
  gpu_seconds: 0,
  ...more,
})
const start = async (): Promise<string> =>
  (await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })).id
const usageOf = async (id: string) => (await server.clients.read.call(routes.getJob, { params: { id } })).usage
const report = (query: { group_by?: 'job' | 'kind' | 'day'; job_id?: string; since?: string } = {}) =>
  server.clients.read.call(routes.getUsage, { query })

test('nothing used is a report of zeros', async () => {
  expect(await report({ group_by: 'job' })).toMatchObject({
    rows: [],
    total: { energy_joules: 0, method: null, currency: 'EUR' },
  })
})

test('samples reported twice, or at once, count once, and are priced by the table', async () => {
  const id = await start()
  const lease = await worker.take()
  await worker.heartbeat(lease, { samples: [sample(0), sample(1)] })
  await Promise.all(
    [1, 2, 3, 4, 5, 6].map((sequence) =>
      worker.heartbeat(lease, { samples: [sample(sequence), sample(sequence + 1)] }),
    ),
  )
  await worker.complete(lease)
  const usage = await usageOf(id)
  expect(usage).toMatchObject({ energy_joules: 800, cpu_seconds: 16, method: 'measured', covers: ['cpu package'] })
  expect(usage.cost).toBeCloseTo((800 / 3_600_000) * 0.36)
  expect(usage.co2e_grams).toBeCloseTo((800 / 3_600_000) * 360)
})

test('a job is charged for all its attempts, and the gap that a lost worker left is an estimate', async () => {
  const id = await start()
  const first = await worker.take()
  const now = Date.now()
  const recent = (sequence: number) =>
    sample(sequence, {
      started_at: new Date(now - 10_000 + sequence * 1000).toISOString(),
      ended_at: new Date(now - 9000 + sequence * 1000).toISOString(),
    })
  await worker.heartbeat(first, { samples: [recent(1)] })
  await server.expire(first)
  const lost = await usageOf(id)
  expect(lost.method).toBe('estimated')
  expect(lost.energy_joules).toBeGreaterThan(100)
  const second = await worker.take()
  await worker.heartbeat(second, { samples: [sample(0, { method: 'modelled', joules: 50 })] })
  await worker.complete(second)
  expect((await usageOf(id)).energy_joules).toBeCloseTo(lost.energy_joules + 50)
})

test('the rows of a report sum to the usage of the jobs, however they are grouped', async () => {
  const jobs = (await server.clients.read.call(routes.listJobs, {})).data
  const joules = jobs.reduce((sum, { usage }) => sum + usage.energy_joules, 0)
  for (const group_by of ['job', 'kind', 'day'] as const) {
    const { rows, total } = await report({ group_by })
    expect(total.energy_joules).toBeCloseTo(joules)
    expect(rows.reduce((sum, { usage }) => sum + usage.energy_joules, 0)).toBeCloseTo(joules)
  }
  for (const { id, usage } of jobs) expect((await report({ group_by: 'job', job_id: id })).total).toEqual(usage)
  expect((await report({ since: '2100-01-01T00:00:00Z' })).total.energy_joules).toBe(0)
})

test('thousands of samples at once are taken: a worker that was offline brings them all', async () => {
  const id = await start()
  const lease = await worker.take()
  const samples = Array.from({ length: 7000 }, (_, sequence) => sample(sequence, { joules: 1 }))
  await worker.client.call(routes.completeLease, {
    params: { id: lease.id },
    body: { outputs: { kind: 'sleep', slept_seconds: 1 }, samples },
  })
  expect(await usageOf(id)).toMatchObject({ energy_joules: 7000 })
})

test('another project sees nothing of it', async () => {
  const stranger = await server.client(['read'], 'proj_stranger')
  expect((await stranger.call(routes.getUsage, {})).rows).toEqual([])
})
