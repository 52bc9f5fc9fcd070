import { recordSamples } from '../../../server/ledger/record-samples'
import { powerOf } from '../../../server/ledger/power-of'
import type { EnergySample } from '../../../server/contract/energy-sample'
import { priceTable } from '../../../server/contract/prices'
import { withDatabase, type TestDatabase } from '../../support/database'
import { addJob } from '../../support/serving-fixture'

let database: TestDatabase
beforeAll(async () => {
  database = await withDatabase()
}, 60_000)
afterAll(() => database.close())

const begin = Date.parse('2026-12-01T12:00:00Z')
/** One second of a meter, so many seconds after the beginning. */
const second = (sequence: number, joules: number, more: Partial<EnergySample> = {}): EnergySample => ({
  meter: 'cpu',
  sequence,
  started_at: new Date(begin + sequence * 1000).toISOString(),
  ended_at: new Date(begin + (sequence + 1) * 1000).toISOString(),
  joules,
  method: 'modelled',
  covers: 'cpu cores',
  error_percent: null,
  cpu_seconds: 1,
  gpu_seconds: 0,
  ...more,
})
const jobWith = async (...samples: EnergySample[]): Promise<string> => {
  const jobId = await addJob(database.db, database.project)
  const account = { owner: `${jobId}.1`, projectId: database.project, kind: 'fine-tune', jobId }
  await database.db.transaction().execute((tx) => recordSamples(tx, account, samples, priceTable.parse({})))
  return jobId
}

test('power is the joules of a second, of all meters together', async () => {
  const id = await jobWith(second(0, 10), second(1, 30), second(1, 100, { meter: 'gpu-0' }))
  expect(await powerOf(database.db, id)).toEqual([
    { at: new Date(begin), watts: 10 },
    { at: new Date(begin + 1000), watts: 130 },
  ])
})

test('a long job is shown in few points, each the mean of its interval', async () => {
  const id = await jobWith(...Array.from({ length: 3000 }, (_, n) => second(n, n < 1500 ? 10 : 20)))
  const points = await powerOf(database.db, id)
  expect(points.length).toBeLessThanOrEqual(301)
  expect([points[0]?.watts, points.at(-1)?.watts]).toEqual([10, 20])
})

test('what nobody metered has no power', async () => {
  expect(await powerOf(database.db, await jobWith(second(0, 50, { method: 'estimated' })))).toEqual([])
  expect(await powerOf(database.db, await addJob(database.db, database.project))).toEqual([])
})
