import { sql } from 'kysely'
import { durationBounds_s } from '../../../server/contract/traffic'
import {
  forgetTraffic,
  quantile,
  recordTraffic,
  trafficOf,
  type AnsweredCalls,
} from '../../../server/deployments/traffic'
import { findDeployment } from '../../../server/deployments/views'
import { withDatabase, type TestDatabase } from '../../support/database'
import { base, deploy, deployInput } from '../../support/serving-fixture'

/** Calls by class: `{ 0.5: 3 }` are three that took over 0.25 and up to 0.5 s. */
const classes = (counts: Record<number, number>): number[] =>
  [...durationBounds_s, Infinity].map((bound) => counts[bound] ?? 0)

test.each([
  [{ 0.5: 10 }, 0.5, 0.375],
  [{ 0.1: 50, 1: 50 }, 0.5, 0.1],
  [{ 0.1: 50, 1: 50 }, 0.95, 0.95],
  [{ Infinity: 4 }, 0.5, 120],
  [{}, 0.5, 120],
])('of %j the quantile %d is %d s', (counts, share, seconds) => {
  expect(quantile(classes(counts), share)).toBeCloseTo(seconds, 5)
})

describe('in the database', () => {
  let database: TestDatabase
  let id: string
  beforeAll(async () => {
    database = await withDatabase()
    await deploy(database.db, database.project, deployInput('writer', base))
    id = (await findDeployment(database.db, database.project, 'writer')).id
  }, 60_000)
  afterAll(() => database.close())

  const calls = (minutesAgo: number, more: Partial<AnsweredCalls> = {}): AnsweredCalls => ({
    deploymentId: id,
    promptTokens: 10,
    completionTokens: 40,
    requests: 2,
    busySeconds: 1,
    durations: classes({ 0.5: 2 }),
    startedAt: new Date(Date.now() - minutesAgo * 60_000),
    ...more,
  })

  test('calls of one minute add up, and only those of the asked time count', async () => {
    await recordTraffic(database.db, [calls(1), calls(1), calls(90)])
    const hour = await trafficOf(database.db, id, 60)
    expect(hour).toMatchObject({ requests: 4, prompt_tokens: 20, completion_tokens: 80, tokens_per_second: 40 })
    expect(hour.duration_seconds?.p50).toBeCloseTo(0.375, 5)
    expect(hour.rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(4)
    expect((await trafficOf(database.db, id, 120)).requests).toBe(6)
  })

  test('a deployment that nobody called has no speed, rather than none', async () => {
    expect(await trafficOf(database.db, 'dep_other', 60)).toMatchObject({
      requests: 0,
      tokens_per_second: null,
      duration_seconds: null,
      rows: [],
    })
  })

  test('what is older than a month is forgotten', async () => {
    await recordTraffic(database.db, [calls(60 * 24 * 32)])
    await forgetTraffic(database.db)
    const { rows } = await sql<{ old: number }>`select count(*)::int as old from app.deployment_traffic
      where minute < now() - interval '31 days'`.execute(database.db)
    expect(rows).toEqual([{ old: 0 }])
  })
})
