import { sql } from 'kysely'
import type { ForgeClient } from '../../../server/client/client'
import { routes } from '../../../server/contract/routes'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
let client: ForgeClient
beforeAll(async () => {
  server = await startServer()
  client = server.clients.write
}, 60_000)
afterAll(() => server.stop())

const create = async (
  idempotencyKey: string,
  seconds = 1,
  job: { priority?: number; on_existing?: 'return' | 'replace_failed' } = {},
): Promise<string> =>
  (await client.call(routes.createJob, { body: { kind: 'sleep', input: { seconds }, job } }, { idempotencyKey })).id
const repeat = async (count: number, seconds: number): Promise<string> =>
  (
    await client.call(
      routes.createJob,
      { body: { kind: 'sleep', input: { seconds } } },
      { headers: { 'x-stainless-retry-count': String(count) } },
    )
  ).id

test('the same key and body give the same job, however late', async () => {
  const key = unique('key')
  const id = await create(key)
  await client.call(routes.cancelJob, { params: { id } })
  await server.db
    .updateTable('app.job')
    .set({ created_at: sql`now() - interval '30 days'` } as never)
    .where('id', '=', id)
    .execute()
  expect(await create(key)).toBe(id)
})

test('ten calls at once with one key make one job', async () => {
  const key = unique('key')
  const ids = await Promise.all(Array.from({ length: 10 }, () => create(key)))
  expect(new Set(ids).size).toBe(1)
  const { count } = await server.db
    .selectFrom('app.job')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('idempotency_key', '=', key)
    .executeTakeFirstOrThrow()
  expect(count).toBe(1)
})

test('the same key with another body is refused and the different fields are named', async () => {
  const key = unique('key')
  await create(key)
  await expect(create(key, 2, { priority: 3 })).rejects.toMatchObject({
    code: 'idempotency_conflict',
    status: 409,
    message: `The Idempotency-Key "${key}" was used with another request; different: input.seconds, job.priority.`,
  })
})

test('a key belongs to its project', async () => {
  const key = unique('key')
  const other = await server.client(['write'], 'proj_other')
  const job = await other.call(
    routes.createJob,
    { body: { kind: 'sleep', input: { seconds: 1 } } },
    { idempotencyKey: key },
  )
  expect(await create(key)).not.toBe(job.id)
})

test('replace_failed makes a new job in place of one that failed or was cancelled, and of no other', async () => {
  const key = unique('key')
  const first = await create(key)
  expect(await create(key, 1, { on_existing: 'replace_failed' })).toBe(first)
  await client.call(routes.cancelJob, { params: { id: first } })
  expect(await create(key)).toBe(first)
  const second = await create(key, 1, { on_existing: 'replace_failed' })
  expect(second).not.toBe(first)
  expect(await create(key)).toBe(second)
})

test('a call without a key that says it is a repeat finds its job for 15 minutes', async () => {
  const first = await repeat(0, 11)
  expect(await repeat(1, 11)).toBe(first)
  expect(await repeat(2, 11)).toBe(first)
  await server.db
    .updateTable('app.job')
    .set({ created_at: sql`now() - interval '16 minutes'` } as never)
    .where('id', '=', first)
    .execute()
  expect(await repeat(1, 11)).not.toBe(first)
})

test('a repeat is one of the same API key and body only', async () => {
  const first = await repeat(0, 12)
  expect(await repeat(1, 13)).not.toBe(first)
  const other = await server.client(['write'])
  const job = await other.call(
    routes.createJob,
    { body: { kind: 'sleep', input: { seconds: 12 } } },
    { headers: { 'x-stainless-retry-count': '1' } },
  )
  expect(job.id).not.toBe(first)
})

test('two equal calls without a key make two jobs', async () => {
  expect(await repeat(0, 14)).not.toBe(await repeat(0, 14))
})

test('a recipe with a key is made once, with its steps', async () => {
  const file = await client.call(routes.putFile, {
    query: { purpose: 'dataset', filename: 'a.jsonl' },
    body: Buffer.from('{}\n'),
  })
  const body = { recipe: { name: 'once', ingest: { file_ids: [file.id], options: {} }, fine_tune: {} } }
  const key = unique('key')
  const runs = await Promise.all(
    [1, 2, 3].map(() => client.call(routes.applyRecipe, { body }, { idempotencyKey: key })),
  )
  expect(new Set(runs.flatMap((run) => [run.id, ...run.steps.map((step) => step.job_id)])).size).toBe(3)
})
