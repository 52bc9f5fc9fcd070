import { randomBytes } from 'node:crypto'
import { ApiError } from '../../../server/client/client'
import type { GivenBody } from '../../../server/contract/route'
import { routes } from '../../../server/contract/routes'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'
import { startHttp } from '../workers/sources/local-http'

const password = 'p4ssw0rd-that-must-not-show'
const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64')

let server: TestServer
beforeAll(async () => {
  server = await startServer({ FORGE_SECRET_KEY: key(1), FORGE_PREVIOUS_SECRET_KEY: key(2) })
}, 60_000)
afterAll(() => server.stop())

const postgres = (change: object = {}): GivenBody<typeof routes.createConnection> => ({
  name: unique('db'),
  type: 'postgres',
  settings: { host: '127.0.0.1', database: 'shop', user: 'reader', tls: 'disable', ...change },
  secrets: { password },
})
const create = (body: GivenBody<typeof routes.createConnection> = postgres()) =>
  server.clients.write.call(routes.createConnection, { body })
const refusal = (code: string) => expect.objectContaining({ constructor: ApiError, code }) as unknown
const raw = (method: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('a connection is stored sealed, and no answer holds its secret', async () => {
  const made = await create()
  const listed = await server.clients.read.call(routes.listConnections, {})
  const got = await server.clients.read.call(routes.getConnection, { params: { id: made.name } })

  expect(made).toMatchObject({ id: expect.stringMatching(/^conn_/), has_secret: true, settings: { port: 5432 } })
  expect(got).toEqual(made)
  expect(JSON.stringify([made, listed, got])).not.toContain(password)
  const row = await server.db
    .selectFrom('app.connection')
    .selectAll()
    .where('id', '=', made.id)
    .executeTakeFirstOrThrow()
  expect(row.secrets).toMatch(/^v1\.[0-9a-f]{16}\./)
  expect(JSON.stringify(row)).not.toContain(password)
})

test.each([
  ['a wrong shape', { type: 'postgres', name: 'x', settings: {}, secrets: { password, more: 1 } }],
  ['an unknown type', { type: 'x', secrets: { password } }],
  ['no object', { type: 'postgres', secrets: password }],
])('a refused connection with %s does not repeat its secret', async (_what, body) => {
  const response = await raw('POST', '/v1/connections', body)
  expect(response.status).toBe(400)
  expect(await response.text()).not.toContain(password)
})

test('a name is used once per project, and another project does not see it', async () => {
  const made = await create()
  await expect(create({ ...postgres(), name: made.name })).rejects.toEqual(refusal('name_taken'))
  const stranger = await server.client(['read', 'write'], unique('proj'))
  await expect(stranger.call(routes.getConnection, { params: { id: made.id } })).rejects.toEqual(
    refusal('connection_not_found'),
  )
})

test('settings can change alone, unless the secret would be sent somewhere else', async () => {
  const { id } = await create()
  const change = (body: GivenBody<typeof routes.updateConnection>) =>
    server.clients.write.call(routes.updateConnection, { params: { id }, body })

  await expect(change({ settings: { user: 'other' } })).resolves.toMatchObject({
    settings: { user: 'other', host: '127.0.0.1' },
  })
  for (const settings of [{ host: 'db.example' }, { port: 1 }, { tls: 'require' }])
    await expect(change({ settings })).rejects.toThrow('secrets: give them again')
  await expect(change({ settings: { host: 'db.example' }, secrets: { password: 'new' } })).resolves.toMatchObject({
    settings: { host: 'db.example' },
  })
  await expect(change({ settings: { hots: 'db.example' } })).rejects.toEqual(refusal('invalid_request'))
})

test('only the lease of a job that names a connection carries its secret', async () => {
  const [mine, others] = [await create(), await create()]
  const worker = await server.worker(unique('w'))
  const ingest = (source: GivenBody<typeof routes.createDataset>['source']) =>
    server.clients.write.call(routes.createDataset, { body: { name: unique('d'), source, options: {} } })

  const job = await ingest({ type: 'sql', connection: mine.name, query: 'select 1' })
  const lease = await worker.take()
  expect(lease).toMatchObject({ job_id: job.id, input: { source: { connection: mine.id } } })
  expect(lease.connections).toEqual({ [mine.id]: expect.objectContaining({ secrets: { password } }) })
  expect(JSON.stringify(lease)).not.toContain(others.id)
  await worker.fail(lease, 'source_refused')

  await ingest({ type: 'rows', rows: [{ a: 1 }] })
  const without = await worker.take()
  expect(without.connections).toEqual({})
  await worker.fail(without, 'source_refused')

  const shown = await server.clients.read.call(routes.getJob, { params: { id: job.id } })
  const events = await server.clients.read.call(routes.listJobEvents, { params: { id: job.id } })
  const stored = await server.db.selectFrom('app.job').selectAll().where('id', '=', job.id).execute()
  expect(JSON.stringify([shown, events, stored])).not.toContain(password)
})

test('a source takes a connection of its own type and its own project only', async () => {
  const { id } = await create()
  const ingest = (client = server.clients.write) =>
    client.call(routes.createDataset, {
      body: { name: unique('d'), source: { type: 's3', uri: 's3://shop/x.csv', connection: id }, options: {} },
    })
  await expect(ingest()).rejects.toThrow('is of type postgres, not s3')
  await expect(ingest(await server.client(['read', 'write'], unique('proj')))).rejects.toEqual(
    refusal('connection_not_found'),
  )
})

test('a job whose connection was deleted meanwhile fails with that reason', async () => {
  const { id } = await create()
  const job = await server.clients.write.call(routes.createDataset, {
    body: { name: unique('d'), source: { type: 'sql', connection: id, query: 'select 1' }, options: {} },
  })
  await server.clients.write.call(routes.deleteConnection, { params: { id } })
  const worker = await server.worker(unique('w'))
  expect(await worker.ask()).toBeNull()
  await server.reached(job.id, 'failed')
  expect(await server.clients.read.call(routes.getJob, { params: { id: job.id } })).toMatchObject({
    error: { code: 'connection_not_found' },
  })
})

test('a connection can be tried; a failure is an answer, without the secret', async () => {
  const { port, username, hostname, pathname } = new URL(server.databaseUrl)
  const settings = { host: hostname, port: Number(port), database: pathname.slice(1), user: username }
  const tryOut = async (body: GivenBody<typeof routes.createConnection>) =>
    await server.clients.write.call(routes.testConnection, { params: { id: (await create(body)).id } })
  const http = await startHttp((request, response) =>
    response.writeHead(request.headers.authorization === 'Bearer right' ? 200 : 401).end(),
  )
  const web = (token: string): GivenBody<typeof routes.createConnection> => ({
    name: unique('web'),
    type: 'http',
    settings: { base_url: http.url },
    secrets: { headers: { Authorization: `Bearer ${token}` } },
  })
  try {
    expect(
      await tryOut({ ...postgres(settings), secrets: { password: passwordOf(server.databaseUrl) } } as never),
    ).toMatchObject({ ok: true })
    expect(await tryOut(web('right'))).toMatchObject({ ok: true })
    const wrong = await tryOut(web(password))
    expect(wrong).toMatchObject({ ok: false, detail: expect.stringContaining('401') })
    const inside = await tryOut(postgres({ host: '169.254.169.254' }))
    expect(inside).toMatchObject({ ok: false, detail: expect.stringContaining('not a public address') })
    expect(JSON.stringify([wrong, inside])).not.toContain(password)
  } finally {
    await http.stop()
  }
})
const passwordOf = (url: string): string => decodeURIComponent(new URL(url).password) || 'none'

test('rotation seals all rows with the newest key, and needs the scope admin', async () => {
  const { id } = await create()
  // as another server, which still has the key before, has stored it
  const before = await startServer({ FORGE_SECRET_KEY: key(2) })
  try {
    const old = await before.clients.write.call(routes.createConnection, { body: postgres() })
    const { name, type, secrets } = await before.db.selectFrom('app.connection').selectAll().executeTakeFirstOrThrow()
    await server.db
      .insertInto('app.connection')
      .values({ id: old.id, project_id: 'proj_default', name, type, settings: JSON.stringify(old.settings), secrets })
      .execute()
    await expect(server.clients.write.call(routes.rotateSecretKey, {})).rejects.toEqual(refusal('missing_scope'))
    const done = await server.clients.admin.call(routes.rotateSecretKey, {})
    expect(done.connections).toBe(1)
    const rows = await server.db.selectFrom('app.connection').select(['id', 'secrets']).execute()
    expect(rows.map(({ id: each }) => each)).toEqual(expect.arrayContaining([id, old.id]))
    expect(rows.every(({ secrets }) => secrets.startsWith(`v1.${done.key_id}.`))).toBe(true)
    expect(await server.clients.admin.call(routes.rotateSecretKey, {})).toMatchObject({ connections: 0 })
  } finally {
    await before.stop()
  }
}, 60_000)
test('one row that cannot be read stops the rotation, and all others stay as they were', async () => {
  const broken = await create()
  const others = await server.db.selectFrom('app.connection').select(['id', 'secrets']).execute()
  await server.db
    .updateTable('app.connection')
    .set({ secrets: `v1.0123456789abcdef.${randomBytes(12).toString('base64url')}.AA.AA` })
    .where('id', '=', broken.id)
    .execute()
  await expect(server.clients.admin.call(routes.rotateSecretKey, {})).rejects.toEqual(refusal('secret_unreadable'))
  const after = await server.db.selectFrom('app.connection').select(['id', 'secrets']).execute()
  expect(after.filter(({ id }) => id !== broken.id)).toEqual(others.filter(({ id }) => id !== broken.id))
  await server.clients.write.call(routes.deleteConnection, { params: { id: broken.id } })
})

test('a server without a secret key works, but stores no connection', async () => {
  const keyless = await startServer()
  try {
    await expect(keyless.clients.write.call(routes.createConnection, { body: postgres() })).rejects.toEqual(
      refusal('secret_key_missing'),
    )
    expect(await keyless.clients.read.call(routes.listConnections, {})).toMatchObject({ data: [] })
  } finally {
    await keyless.stop()
  }
}, 60_000)
