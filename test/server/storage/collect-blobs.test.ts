import { sql } from 'kysely'
import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { folderBlobs, type BlobStore } from '../../../server/storage/blobs'
import { collectBlobs } from '../../../server/storage/collect-blobs'
import { newId } from '../../../server/storage/new-id'
import { addBlob } from '../../../server/storage/sql/add-blob'
import { withDatabase, type TestDatabase } from '../../support/database'
import { unique } from '../../support/unique'

let database: TestDatabase
let folder: string
let blobs: BlobStore
beforeAll(async () => {
  database = await withDatabase()
  folder = await mkdtemp(join(tmpdir(), 'forge-collect-'))
  blobs = folderBlobs(folder)
  await database.db.insertInto('app.project').values({ id: 'proj_default', name: 'default' }).execute()
}, 60_000)
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

/** Bytes in the store with a row, as old as it is said. */
const stored = async (age: string, text = unique('content')): Promise<string> => {
  const sha256 = await published(text)
  await addBlob(database.db, { sha256, bytes: text.length })
  await makeOld(sha256, age)
  return sha256
}
const published = async (text: string): Promise<string> => {
  const staged = await blobs.stage(Readable.from([Buffer.from(text)]))
  await staged.publish()
  return staged.sha256
}
const makeOld = async (sha256: string, age: string): Promise<void> => {
  await sql`update app.blob set created_at = clock_timestamp() - ${age}::interval where sha256 = ${sha256}`.execute(
    database.db,
  )
}
const blobRow = (sha256: string) =>
  database.db.selectFrom('app.blob').selectAll().where('sha256', '=', sha256).executeTakeFirst()
const insertJob = async (status: string, input: unknown, endedBefore = '0 days'): Promise<string> => {
  const id = newId('job')
  await database.db
    .insertInto('app.job')
    .values({
      id,
      project_id: 'proj_default',
      kind: 'fine-tune',
      class: 'cpu',
      status,
      priority: 5,
      input: JSON.stringify(input),
      resources: '{}',
      metadata: '{}',
      max_attempts: 3,
      ended_at: status === 'queued' ? null : sql`clock_timestamp() - ${endedBefore}::interval`,
    } as never)
    .execute()
  return id
}
const named = async (sha256: string, deletedAt: Date | null = null): Promise<string> => {
  const id = newId('file')
  const row = { id, project_id: 'proj_default', purpose: 'dataset' as const, filename: 'a', bytes: 1, sha256 }
  await database.db
    .insertInto('app.file')
    .values({ ...row, deleted_at: deletedAt })
    .execute()
  return id
}
const there = async (sha256: string): Promise<boolean> => (await blobs.size(sha256)) !== null

test('bytes without a name go after a day and leave a tombstone; younger and named ones stay', async () => {
  const [old, young, kept] = [await stored('25 hours'), await stored('23 hours'), await stored('25 hours')]
  await named(kept)
  expect(await collectBlobs(database.db, blobs)).toMatchObject({ removed: 1 })
  expect([await there(old), await there(young), await there(kept)]).toEqual([false, true, true])
  expect(await blobRow(old)).toMatchObject({ removed_by: 'collector', removed_at: expect.any(Date) })
})

test('the bytes of a deleted file stay while an open job reads it, and go when that has ended', async () => {
  const sha256 = await stored('2 days')
  const file = await named(sha256, new Date())
  const job = await insertJob('queued', { data: { type: 'files', training_file: file } })
  await collectBlobs(database.db, blobs)
  expect(await there(sha256)).toBe(true)
  await database.db.updateTable('app.job').set({ status: 'cancelled' }).where('id', '=', job).execute()
  await collectBlobs(database.db, blobs)
  expect(await there(sha256)).toBe(false)
})

test('who names old bytes while the collector looks at them keeps them', async () => {
  const sha256 = await stored('2 days')
  await database.db.transaction().execute(async (tx) => {
    await addBlob(tx, { sha256, bytes: 1 })
    // the row is locked and not yet young for others: the collector must pass it by, not wait and take it
    expect(await collectBlobs(database.db, blobs)).toMatchObject({ removed: 0 })
  })
  await collectBlobs(database.db, blobs)
  expect(await there(sha256)).toBe(true)
})

test('bytes that come again after they were collected are there again', async () => {
  const text = unique('again')
  const sha256 = await stored('2 days', text)
  await collectBlobs(database.db, blobs)
  expect(await there(sha256)).toBe(false)
  await addBlob(database.db, { sha256, bytes: text.length })
  await published(text)
  expect((await blobRow(sha256))?.removed_at).toBeNull()
  expect(await there(sha256)).toBe(true)
})

test('parts of an upload that nobody went on with are swept', async () => {
  await stored('1 hour')
  const uploads = join(folder, 'uploads')
  const [stale, fresh] = [join(uploads, 'stale'), join(uploads, 'fresh')]
  for (const path of [stale, fresh]) writeFileSync(path, 'part')
  utimesSync(stale, new Date(0), new Date(0))
  await collectBlobs(database.db, blobs)
  expect([existsSync(stale), existsSync(fresh)]).toEqual([false, true])
  expect(await readdir(uploads)).toEqual(['fresh'])
})

test('a name that is committed after the collector chose its candidates saves the bytes', async () => {
  const sha256 = await stored('2 days')
  // the first query that finds the hash asks which bytes have a row, the second which are candidates; then comes the lock
  let found = 0
  const db = database.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (result.rows.some((row) => row['sha256'] === sha256) && (found += 1) === 2) await named(sha256)
      return result
    },
  })
  expect(await collectBlobs(db, blobs)).toMatchObject({ removed: 0 })
  expect(found).toBeGreaterThanOrEqual(2)
  expect(await there(sha256)).toBe(true)
})

test('uploads and the collector at the same hash: the bytes of every file are there', async () => {
  const text = unique('contended')
  const sha256 = await stored('2 days', text)
  const upload = async (): Promise<void> => {
    const staged = await blobs.stage(Readable.from([Buffer.from(text)]))
    await database.db.transaction().execute(async (tx) => {
      await addBlob(tx, staged)
      await staged.publish()
      const row = { id: newId('file'), project_id: 'proj_default', purpose: 'dataset' as const, filename: 'a' }
      await tx
        .insertInto('app.file')
        .values({ ...row, bytes: staged.bytes, sha256 })
        .execute()
    })
  }
  for (let round = 0; round < 10; round += 1) {
    await makeOld(sha256, '2 days')
    await Promise.all([collectBlobs(database.db, blobs), upload(), collectBlobs(database.db, blobs)])
    expect([(await blobRow(sha256))?.removed_at, await there(sha256)]).toEqual([null, true])
    await database.db.deleteFrom('app.file').where('sha256', '=', sha256).execute()
  }
})

test('bytes without a row, as a crash leaves them, get one and go a day later', async () => {
  const sha256 = await published(unique('orphan'))
  await collectBlobs(database.db, blobs)
  expect([(await blobRow(sha256))?.removed_at, await there(sha256)]).toEqual([null, true])
  await makeOld(sha256, '25 hours')
  await collectBlobs(database.db, blobs)
  expect(await there(sha256)).toBe(false)
})

test('checkpoints of a job that failed are kept for a week, and longer while an open job starts from them', async () => {
  const checkpointOf = async (job: string): Promise<string> => {
    const sha256 = await stored('30 days')
    const artifacts = JSON.stringify([{ name: 'adapter.gguf', sha256, bytes: 1 }])
    await database.db
      .insertInto('app.checkpoint')
      .values({ id: newId('checkpoint'), job_id: job, fence: 1, step: 5, artifacts, metrics: '{}' })
      .execute()
    return sha256
  }
  const recent = await checkpointOf(await insertJob('failed', {}, '6 days'))
  const succeeded = await checkpointOf(await insertJob('succeeded', {}, '30 days'))
  const last = await insertJob('cancelled', {}, '8 days')
  const old = await checkpointOf(last)
  const user = await insertJob('queued', { base_model: `${last.replace('job_', 'ftjob_')}:ckpt-step-5` })
  await collectBlobs(database.db, blobs)
  expect([await there(recent), await there(succeeded), await there(old)]).toEqual([true, true, true])

  await database.db.updateTable('app.job').set({ status: 'cancelled' }).where('id', '=', user).execute()
  await collectBlobs(database.db, blobs)
  expect([await there(recent), await there(succeeded), await there(old)]).toEqual([true, true, false])
})
