import { sql } from 'kysely'
import type { ModelPorts } from '../../../server/jobs/prepare-input'
import { runSchedules } from '../../../server/jobs/schedules'
import { newId } from '../../../server/storage/new-id'
import { withDatabase, type TestDatabase } from '../../support/database'
import { unique } from '../../support/unique'

let database: TestDatabase
beforeAll(async () => {
  database = await withDatabase()
}, 60_000)
afterAll(() => database.close())
afterEach(async () => {
  await database.db.deleteFrom('app.schedule').execute()
})

const models: ModelPorts = {
  findModel: () => Promise.reject(new Error('the connection to the database was lost')),
  checkGate: () => Promise.resolve(),
  checkCallable: () => Promise.resolve(),
}
const tick = (): Promise<number> => runSchedules(database.db, models)
const sleep = { kind: 'sleep', input: { seconds: 1 } }

/** A schedule that was due a minute ago. */
const due = async (work: object = sleep): Promise<{ id: string; name: string }> =>
  await database.db
    .insertInto('app.schedule')
    .values({
      id: newId('schedule'),
      project_id: database.project,
      name: unique('nightly'),
      cron: '0 2 * * *',
      time_zone: 'UTC',
      work: JSON.stringify(work),
      overlap: 'skip',
      enabled: true,
      next_run_at: sql<Date>`clock_timestamp() - interval '1 minute'`,
      last_job_id: null,
    })
    .returning(['id', 'name'])
    .executeTakeFirstOrThrow()
const read = (id: string) =>
  database.db.selectFrom('app.schedule').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const jobsOf = async (name: string): Promise<number> =>
  (
    await database.db
      .selectFrom('app.job')
      .select('id')
      .where(sql<boolean>`metadata @> ${JSON.stringify({ schedule: name })}::jsonb`)
      .execute()
  ).length

test('servers that look at the same moment share the work: each schedule is started by one of them', async () => {
  const schedules = [await due(), await due(), await due(), await due()]
  const counts = await Promise.all([tick(), tick(), tick()])
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4)
  for (const { name } of schedules) expect(await jobsOf(name)).toBe(1)
  expect(await tick()).toBe(0)
})

test('a schedule that somebody else is at is left to them, and not waited for', async () => {
  const schedule = await due()
  await database.db.transaction().execute(async (tx) => {
    await tx.selectFrom('app.schedule').select('id').where('id', '=', schedule.id).forUpdate().execute()
    expect(await tick()).toBe(0)
  })
  expect(await tick()).toBe(1)
  expect(await jobsOf(schedule.name)).toBe(1)
})

test('an error of the server is told of and shown, tried again after a growing wait, and holds up no other', async () => {
  const input = { base_model: 'm', data: { type: 'files', training_file: 'file_1' } }
  const broken = await due({ kind: 'fine-tune', input })
  const other = await due()
  await expect(tick()).rejects.toMatchObject({
    message: '1 schedules are still due',
    errors: [expect.objectContaining({ message: 'the connection to the database was lost' })],
  })
  expect(await jobsOf(other.name)).toBe(1)
  expect(await jobsOf(broken.name)).toBe(0)
  const waitOf = async (): Promise<number> => {
    const { rows } = await sql<{ wait: number }>`select extract(epoch from retry_at - clock_timestamp())::float8 as wait
      from app.schedule where id = ${broken.id}`.execute(database.db)
    return rows[0]?.wait ?? Number.NaN
  }
  const again = async (): Promise<void> => {
    await database.db
      .updateTable('app.schedule')
      .set({ retry_at: new Date(0) })
      .where('id', '=', broken.id)
      .execute()
    await expect(tick()).rejects.toThrow('1 schedules are still due')
  }
  expect(await waitOf()).toBeLessThanOrEqual(5)
  expect(await tick()).toBe(0)
  await again()
  const second = await waitOf()
  expect(second).toBeGreaterThan(5)
  expect(second).toBeLessThanOrEqual(10)
  expect(await read(broken.id)).toMatchObject({ failed_starts: 2, last_error: { code: 'internal_error' } })
  for (let failed = 2; failed < 10; failed += 1) await again()
  // ten times: it waits for its next time
  const row = await read(broken.id)
  expect(row).toMatchObject({ failed_starts: 0, retry_at: null, last_error: { code: 'internal_error' } })
  expect(row.next_run_at!.getTime()).toBeGreaterThan(Date.now())
  expect(await tick()).toBe(0)
})

test('a time zone that is no longer known stops its schedule and says why', async () => {
  const { id } = await due()
  await database.db.updateTable('app.schedule').set({ time_zone: 'Europe/Gone' }).where('id', '=', id).execute()
  expect(await tick()).toBe(1)
  expect(await read(id)).toMatchObject({ next_run_at: null, last_error: { code: 'invalid_request' } })
  expect(await tick()).toBe(0)
})
