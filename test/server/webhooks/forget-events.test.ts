import { sql } from 'kysely'
import { emitEvent } from '../../../server/storage/sql/emit-event'
import { fanOutEvents } from '../../../server/webhooks/fan-out'
import { positionOf } from '../../../server/webhooks/follow-events'
import { forgetEvents } from '../../../server/webhooks/forget-events'
import { eventsAfterPosition } from '../../../server/webhooks/read-events'
import { withDatabase, type TestDatabase } from '../../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await withDatabase()
}, 60_000)
afterAll(() => database.close())
afterEach(async () => {
  await database.db.deleteFrom('app.event').execute()
})

const stop = new AbortController().signal
const emit = (group_id: string): Promise<void> =>
  database.db
    .transaction()
    .execute((tx) => emitEvent(tx, database.project, 'job_group.ended', { group_id, status: 'succeeded' }))
/** Events of the groups `old_1` and so on that are so many days old, as their ids say too. */
const emitOld = async (count: number, days: number): Promise<void> => {
  await sql`insert into app.event (id, project_id, type, data, created_at)
    select 'evt_0' || lpad(n::text, 25, '0'), ${database.project}, 'job_group.ended', jsonb_build_object('group_id', 'old_' || n),
      clock_timestamp() - make_interval(days => ${days}) from generate_series(1, ${count}) n`.execute(database.db)
}
const left = async (): Promise<number> => (await database.db.selectFrom('app.event').select('id').execute()).length
const become = async (): Promise<void> => {
  while ((await fanOutEvents(database.db)) > 0);
}

test('events go after their days, in batches, and younger ones stay', async () => {
  await emitOld(2500, 91)
  await emit('young')
  await become()
  expect(await forgetEvents(database.db, 92, stop)).toBe(0)
  expect(await forgetEvents(database.db, 0, stop)).toBe(0)
  expect(await forgetEvents(database.db, 90, stop)).toBe(2500)
  expect(await left()).toBe(1)
})

test('an event that has not become its deliveries stays, however old', async () => {
  await emitOld(3, 91)
  expect(await forgetEvents(database.db, 90, stop)).toBe(0)
  await become()
  expect(await forgetEvents(database.db, 90, stop)).toBe(3)
})

test('a stream goes on after a kept event; after one that was forgotten it is refused with the remedy', async () => {
  await emitOld(2, 91)
  await emit('first')
  await emit('second')
  await become()
  const [first] = await database.db
    .selectFrom('app.event')
    .select('id')
    .where(sql<boolean>`data ->> 'group_id' = 'first'`)
    .execute()
  await forgetEvents(database.db, 90, stop)
  const after = await eventsAfterPosition(database.db, await positionOf(database.db, database.project, first!.id))
  expect(after.map(({ data }) => data['group_id'])).toEqual(['second'])
  const old = `evt_0${'1'.padStart(25, '0')}`
  await expect(positionOf(database.db, database.project, old)).rejects.toMatchObject({ code: 'event_expired' })
  const never = `evt_z${'1'.padStart(25, '0')}`
  await expect(positionOf(database.db, database.project, never)).rejects.toMatchObject({ code: 'invalid_request' })
})

test('the server stops between two batches when it is told to', async () => {
  await emitOld(10, 91)
  await become()
  expect(await forgetEvents(database.db, 90, AbortSignal.abort())).toBe(0)
})
