import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { jobOptions, type JobOptions } from '../../../../server/contract/jobs'
import { insertJob } from '../../../../server/jobs/create'
import { retryJob } from '../../../../server/jobs/control'
import { eventsAfter } from '../../../../server/jobs/events'
import { deleteFollower, putFollower } from '../../../../server/jobs/followers/follower'
import { cancelOrphans, lapseFollowers } from '../../../../server/jobs/followers/lapse'
import { placementOf } from '../../../../server/steps/definitions'
import { withDatabase, type TestDatabase } from '../../../support/database'

let database: TestDatabase
beforeAll(async () => {
  database = await withDatabase()
}, 60_000)
afterAll(() => database.close())

/** A server that has been there for a day. */
const upSeconds = 86_400
const airflow = { system: 'airflow' as const, url: null }

const create = async (options: Partial<JobOptions> = { origin: airflow }): Promise<string> => {
  const job = await database.db.transaction().execute((tx) =>
    insertJob(tx, {
      projectId: database.project,
      kind: 'sleep',
      ...placementOf('sleep', undefined),
      input: { seconds: 1 },
      options: jobOptions.parse(options),
    }),
  )
  return job.id
}
const follow = async (...jobIds: string[]): Promise<string> => {
  const id = randomUUID()
  await putFollower(database.db, database.project, id, { job_ids: jobIds, lease_seconds: 60 })
  return id
}
const past = sql<Date>`clock_timestamp() - interval '1 second'`
const runOut = async (follower: string): Promise<void> => {
  await database.db.updateTable('app.follower').set({ expires_at: past }).where('id', '=', follower).execute()
}
const lapse = async (follower: string): Promise<void> => {
  await runOut(follower)
  expect(await lapseFollowers(database.db, upSeconds)).toBe(1)
}
/** Lets so many seconds pass for a job that was left. */
const age = async (id: string, seconds: number): Promise<void> => {
  await database.db
    .updateTable('app.job')
    .set({ unfollowed_since: sql<Date>`unfollowed_since - make_interval(secs => ${seconds})` })
    .where('id', '=', id)
    .execute()
}
const read = (id: string) =>
  database.db.selectFrom('app.job').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const eventNames = async (id: string): Promise<string[]> =>
  (await eventsAfter(database.db, id, 0)).map(({ name }) => name)

test('a lapse is recorded on each open job, and after a day a job of Airflow is cancelled, with an audit row', async () => {
  const job = await create()
  const follower = await follow(job)
  await lapse(follower)
  expect((await read(job)).unfollowed_since).toBeInstanceOf(Date)
  await age(job, 86_000)
  expect(await cancelOrphans(database.db, upSeconds)).toEqual([])
  await age(job, 500)
  expect(await cancelOrphans(database.db, upSeconds)).toEqual([job])
  expect(await read(job)).toMatchObject({ status: 'cancelled', status_reason: 'orphaned' })
  expect(await eventNames(job)).toEqual(['job.queued', 'job.unfollowed', 'job.cancelled'])
  const audit = await database.db.selectFrom('app.audit').selectAll().where('subject', '=', job).execute()
  expect(audit).toMatchObject([{ actor: 'forge', action: 'job.cancelled', details: { reason: 'orphaned' } }])
})

test('a new follower ends the lapse', async () => {
  const job = await create()
  await lapse(await follow(job))
  await age(job, 90_000)
  await follow(job)
  expect(await read(job)).toMatchObject({ unfollowed_since: null })
  expect(await cancelOrphans(database.db, upSeconds)).toEqual([])
  expect(await eventNames(job)).toEqual(['job.queued', 'job.unfollowed', 'job.followed'])
})

test('a job that another follower has is not left', async () => {
  const job = await create()
  const first = await follow(job)
  await follow(job)
  await lapse(first)
  expect((await read(job)).unfollowed_since).toBeNull()
})

test('who deletes its follower, or names a job no more, leaves it alone', async () => {
  const [dropped, deleted] = [await create(), await create()]
  const follower = await follow(dropped, deleted)
  await putFollower(database.db, database.project, follower, { job_ids: [deleted], lease_seconds: 60 })
  await deleteFollower(database.db, database.project, follower)
  expect(await lapseFollowers(database.db, upSeconds)).toBe(0)
  for (const id of [dropped, deleted]) expect((await read(id)).unfollowed_since).toBeNull()
  await expect(deleteFollower(database.db, database.project, follower)).rejects.toMatchObject({
    code: 'follower_not_found',
  })
})

test('a job of another origin, or one that says never, is not given up', async () => {
  const jobs = [await create({}), await create({ origin: airflow, orphan_after_seconds: null })]
  await lapse(await follow(...jobs))
  for (const id of jobs) await age(id, 10_000_000)
  expect(await cancelOrphans(database.db, upSeconds)).toEqual([])
})

test('what a job says about being left goes over to its retry', async () => {
  const job = await create({ orphan_after_seconds: 5 })
  await lapse(await follow(job))
  await age(job, 6)
  expect(await cancelOrphans(database.db, upSeconds)).toEqual([job])
  const again = await retryJob(database.db, job, database.project)
  expect(await read(again)).toMatchObject({ orphan_after_s: 5, unfollowed_since: null })
})

test('a server that has just come back lapses and cancels nobody before they could renew', async () => {
  const job = await create()
  const follower = await follow(job)
  await runOut(follower)
  expect(await lapseFollowers(database.db, 59)).toBe(0)
  expect(await lapseFollowers(database.db, 60)).toBe(1)
  await age(job, 90_000)
  expect(await cancelOrphans(database.db, 59)).toEqual([])
  expect(await cancelOrphans(database.db, 60)).toEqual([job])
})

test('two servers that look at the same moment record a lapse once', async () => {
  const job = await create()
  await runOut(await follow(job))
  const counts = await Promise.all([1, 2, 3].map(() => lapseFollowers(database.db, upSeconds)))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1)
  expect(await eventNames(job)).toEqual(['job.queued', 'job.unfollowed'])
})
