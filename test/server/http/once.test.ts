import { sql } from 'kysely'
import { openApi } from '../../../server/contract/openapi'
import { routes } from '../../../server/contract/routes'
import { forgetAnswers, once } from '../../../server/http/once'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ FORGE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') })
}, 60_000)
afterAll(() => server.stop())

const upload = (text: string, idempotencyKey: string) =>
  server.clients.write.call(
    routes.putFile,
    { query: { purpose: 'dataset', filename: 'a.jsonl' }, body: Buffer.from(text) },
    { idempotencyKey },
  )

test('an upload that is sent again under its key is the same file; other bytes under it are refused', async () => {
  const key = unique('upload')
  const first = await upload('{"a":1}', key)
  expect(await upload('{"a":1}', key)).toEqual(first)
  await expect(upload('{"a":2}', key)).rejects.toMatchObject({
    code: 'idempotency_conflict',
    message: expect.stringMatching(/different: body\.sha256\.$/) as string,
  })
})

test('a call that was refused is forgotten, so that it can be corrected under the same key', async () => {
  const key = unique('upload')
  await expect(upload('', key)).rejects.toMatchObject({ code: 'file_empty' })
  expect((await upload('{"a":1}', key)).bytes).toBe(7)
})

test('a form that is sent again under its key is the same file, though its boundary is another', async () => {
  const key = unique('form')
  const send = () => {
    const body = new FormData()
    body.append('purpose', 'dataset')
    body.append('file', new Blob(['{"a":1}']), 'a.jsonl')
    return server.clients.write.call(routes.createFile, { body }, { idempotencyKey: key })
  }
  expect(await send()).toEqual(await send())
})

test('the same key for another resource of the same route is refused', async () => {
  const idempotencyKey = unique('retry')
  const failed = async (): Promise<string> => {
    const { id } = await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
    await server.clients.write.call(routes.cancelJob, { params: { id } })
    return id
  }
  const [one, two] = [await failed(), await failed()]
  const retry = (id: string) => server.clients.write.call(routes.retryJob, { params: { id } }, { idempotencyKey })
  expect((await retry(one)).id).toBe((await retry(one)).id)
  await expect(retry(two)).rejects.toMatchObject({
    code: 'idempotency_conflict',
    message: expect.stringContaining('path.id') as string,
  })
})

test('the answer with a new API key is not kept: the repeat is refused and makes no second key', async () => {
  const name = unique('key')
  const make = () =>
    server.clients.admin.call(routes.createApiKey, { body: { name, scopes: ['read'] } }, { idempotencyKey: name })
  const { key } = await make()
  await expect(make()).rejects.toMatchObject({ status: 409, code: 'answer_not_kept' })
  const { data } = await server.clients.admin.call(routes.listApiKeys, { query: { limit: 100 } })
  expect(data.filter((one) => one.name === name)).toHaveLength(1)
  expect(JSON.stringify(await rowOf(name))).not.toContain(key)
})

test('secrets in a request are compared, and are not in the table in clear', async () => {
  const name = unique('hook')
  const make = (value: string) =>
    server.clients.write.call(
      routes.createConnection,
      {
        body: {
          name,
          type: 'http',
          settings: { base_url: 'https://example.com' },
          secrets: { headers: { authorization: value } },
        },
      },
      { idempotencyKey: name },
    )
  const first = await make('Bearer hunter2')
  expect(await make('Bearer hunter2')).toEqual(first)
  await expect(make('Bearer hunter3')).rejects.toMatchObject({
    code: 'idempotency_conflict',
    message: expect.stringContaining('body.secrets.headers.authorization') as string,
  })
  expect(JSON.stringify(await rowOf(name))).not.toContain('hunter')
})

const rowOf = (key: string) => server.db.selectFrom('app.request_key').selectAll().where('key', '=', key).execute()
const keyedCall = (key: string) => ({
  projectId: 'proj_default',
  key,
  route: 'POST /v1/x',
  sent: {},
  keepAnswer: true,
})

test('a twin waits for the first call and gets its answer', async () => {
  const call = keyedCall(unique('twin'))
  const release = Promise.withResolvers<{ made: number }>()
  let runs = 0
  const work = (): Promise<{ made: number }> => {
    runs += 1
    return release.promise
  }
  const both = [once(server.db, call, work), once(server.db, call, work)]
  release.resolve({ made: 1 })
  expect(await Promise.all(both)).toEqual([{ made: 1 }, { made: 1 }])
  expect(runs).toBe(1)
})

test('a call of minutes keeps its key while it runs', async () => {
  const call = keyedCall(unique('long'))
  const release = Promise.withResolvers<{ made: number }>()
  const first = once(server.db, call, () => release.promise, 5)
  const isFresh = async (): Promise<boolean> => {
    const [row] = await rowOf(call.key)
    return row !== undefined && Date.now() - row.created_at.getTime() < 300_000
  }
  while (!(await isFresh())) await Promise.resolve()
  await sql`update app.request_key set created_at = clock_timestamp() - interval '10 minutes'
    where key = ${call.key}`.execute(server.db)
  // its next sign of life
  while (!(await isFresh())) await Promise.resolve()
  const twin = once(server.db, call, () => Promise.reject(new Error('it ran twice')))
  release.resolve({ made: 1 })
  expect(await Promise.all([first, twin])).toEqual([{ made: 1 }, { made: 1 }])
})

test('a key is free again a day after its call, and a minute after a server died with it', async () => {
  const key = unique('later')
  const age = (interval: string, ended: boolean) =>
    sql`update app.request_key set created_at = clock_timestamp() - ${interval}::interval,
      ended_at = case when ${ended} then ended_at end where key = ${key}`.execute(server.db)
  const run = (made: number) => once(server.db, keyedCall(key), () => Promise.resolve({ made }))
  expect(await run(1)).toEqual({ made: 1 })
  await age('23 hours', true)
  expect(await run(2)).toEqual({ made: 1 })
  await age('25 hours', true)
  expect(await run(3)).toEqual({ made: 3 })
  await age('2 minutes', false)
  expect(await run(4)).toEqual({ made: 4 })
  await age('25 hours', true)
  await forgetAnswers(server.db)
  expect(await rowOf(key)).toEqual([])
})

test('OpenAPI tells which calls take a key, and how it can be refused', () => {
  const { paths } = openApi() as {
    paths: Record<string, Record<string, { parameters: { name: string }[]; responses: Record<string, unknown> }>>
  }
  const takes = (path: string, method: string): boolean =>
    paths[path]?.[method]?.parameters.some(({ name }) => name === 'Idempotency-Key') ?? false
  expect(takes('/v1/files', 'post') && takes('/v1/jobs', 'post') && takes('/v1/api_keys', 'post')).toBe(true)
  expect(takes('/v1/files', 'get') || takes('/v1/chat/completions', 'post')).toBe(false)
  expect(paths['/v1/api_keys']?.['post']?.responses['409']).toMatchObject({
    description: 'idempotency_conflict, request_in_progress, answer_not_kept',
  })
})
