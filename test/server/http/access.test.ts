import { request } from 'node:http'
import { routes } from '../../../server/contract/routes'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: {
    error?: { code: string; message: string; param: string | null; hint: string; request_id: string; type: string }
  }
}
/** A call as it goes over the wire, with nothing added. */
const call = (
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const req = request(new URL(path, server.url), { method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'],
        }),
      )
    })
    req.on('error', reject)
    req.end(body)
  })
const admin = () => ({ authorization: `Bearer ${server.adminKey}` })
const json = { 'content-type': 'application/json' }

test('a call without a key, or with a wrong one, is refused with the remedy', async () => {
  for (const headers of [{}, { authorization: 'Bearer fk_wrong' }, { authorization: 'Basic abc' }] as Record<
    string,
    string
  >[]) {
    const { status, body } = await call('GET', '/v1/jobs', { headers })
    expect([status, body.error?.code, body.error?.type]).toEqual([401, 'not_authenticated', 'authentication_error'])
    expect(body.error?.hint).toContain('Authorization: Bearer')
  }
})

test('each key does what its scopes say', async () => {
  const { read, generate, worker, write } = server.clients
  const body = { kind: 'sleep' as const, input: { seconds: 1 } }
  await expect(read.call(routes.createJob, { body })).rejects.toMatchObject({
    status: 403,
    code: 'missing_scope',
    message: 'This key lacks the scope "write".',
  })
  await expect(generate.call(routes.listJobs, {})).rejects.toMatchObject({ code: 'missing_scope' })
  await expect(worker.call(routes.createJob, { body })).rejects.toMatchObject({ code: 'missing_scope' })
  await expect(write.call(routes.listApiKeys, {})).rejects.toMatchObject({ code: 'missing_scope' })
  await expect(
    write.call(routes.leaseJob, {
      params: { id: 'wrk_1' },
      body: { free: { cpus: 1, memory_bytes: 1, gpus: 0, gpu_memory_bytes: 0, labels: {} }, classes: ['cpu'] },
    }),
  ).rejects.toMatchObject({ code: 'missing_scope' })
  expect(await write.call(routes.createJob, { body })).toMatchObject({ object: 'job' })
})

test('health needs no key', async () => {
  expect(await call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(await call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
})

test('what belongs to another project is not there', async () => {
  const job = await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  const file = await server.clients.write.call(routes.putFile, {
    query: { purpose: 'dataset', filename: 'a' },
    body: Buffer.from('a'),
  })
  const stranger = await server.client(['read', 'write', 'generate', 'worker'], 'proj_stranger')
  for (const route of [
    routes.getJob,
    routes.cancelJob,
    routes.pauseJob,
    routes.resumeJob,
    routes.retryJob,
    routes.listJobEvents,
    routes.getJobLogs,
  ] as const) {
    await expect(stranger.call(route, { params: { id: job.id } })).rejects.toMatchObject({
      status: 404,
      code: 'job_not_found',
    })
  }
  await expect(stranger.call(routes.getFile, { params: { id: file.id } })).rejects.toMatchObject({
    code: 'file_not_found',
  })
  await expect(stranger.call(routes.deleteFile, { params: { id: file.id } })).rejects.toMatchObject({
    code: 'file_not_found',
  })
  expect((await stranger.call(routes.listJobs, {})).data).toEqual([])
})

test('a key is shown once, works, and is refused once it is deleted', async () => {
  const made = await server.clients.admin.call(routes.createApiKey, { body: { name: 'flow', scopes: ['read'] } })
  const headers = { authorization: `Bearer ${made.key}` }
  const { data } = await server.clients.admin.call(routes.listApiKeys, {})
  expect(data.find(({ id }) => id === made.id)).not.toHaveProperty('key')
  await server.clients.admin.call(routes.deleteApiKey, { params: { id: made.id } })
  expect((await call('GET', '/v1/jobs', { headers })).status).toBe(401)
  await expect(server.clients.admin.call(routes.deleteApiKey, { params: { id: made.id } })).rejects.toMatchObject({
    code: 'api_key_not_found',
  })
})

test('an unknown route is named', async () => {
  const { status, body } = await call('PUT', '/v1/nothing?x=1', { headers: admin() })
  expect([status, body.error?.code, body.error?.message]).toEqual([
    404,
    'route_not_found',
    'There is no PUT /v1/nothing?x=1.',
  ])
})

test('a wrong body is refused with the field, the value and what is expected', async () => {
  const body = JSON.stringify({ kind: 'sleep', input: { seconds: -3 } })
  const { status, body: answer } = await call('POST', '/v1/jobs', { headers: { ...admin(), ...json }, body })
  expect([status, answer.error?.code, answer.error?.param]).toEqual([400, 'invalid_request', 'input.seconds'])
  expect(answer.error?.message).toMatch(/^input\.seconds: .*0.*\(got -3\)\.$/)
})

test.each([
  ['no JSON', '{"kind": ', /./],
  ['no object', '[]', /./],
  ['nothing', '', /./],
  ['an unknown kind', '{"kind":"train","input":{}}', /kind: .*sleep.*\(got "train"\)/],
  ['a wrong option', '{"kind":"sleep","input":{"seconds":1},"job":{"priority":10}}', /job\.priority: .*\(got 10\)/],
])("a body that is %s is refused as the caller's error", async (_case, body, message) => {
  const { status, body: answer } = await call('POST', '/v1/jobs', { headers: { ...admin(), ...json }, body })
  expect([status, answer.error?.code]).toEqual([400, 'invalid_request'])
  expect(answer.error?.message).toMatch(message)
})

test('a query that is wrong is refused with its name', async () => {
  const { body } = await call('GET', '/v1/jobs?limit=1000', { headers: admin() })
  expect(body.error).toMatchObject({
    code: 'invalid_request',
    param: 'limit',
    message: expect.stringContaining('(got "1000")') as string,
  })
})

test('a Host header that is not ours is refused: a page of another name cannot reach the API', async () => {
  const { status, body } = await call('GET', '/healthz', { headers: { host: 'evil.example:8470' } })
  expect([status, body.error?.code, body.error?.message]).toEqual([
    421,
    'host_not_allowed',
    'The Host header "evil.example" is not an address of this server.',
  ])
  expect((await call('GET', '/healthz', { headers: { host: 'localhost:1' } })).status).toBe(200)
  expect((await call('GET', '/healthz', { headers: { host: '[::1]:1' } })).status).toBe(200)
})

test('every answer carries a request id; a refusal says whether the OpenAI client should try again', async () => {
  const { headers, body } = await call('GET', '/v1/jobs/job_none', { headers: admin() })
  expect(headers['x-request-id']).toBe(body.error?.request_id)
  expect(headers['x-should-retry']).toBe('false')
})

test.each(['desc', 'asc'] as const)('lists are paged without gaps or repeats, %s by creation', async (order) => {
  const client = await server.client(['read', 'write'], `proj_paged_${order}`)
  const ids: string[] = []
  for (let count = 0; count < 5; count += 1)
    ids.push((await client.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })).id)
  const seen: string[] = []
  for (let more = true, after: string | undefined; more; after = seen.at(-1)) {
    const query = { limit: 2, order, ...(after === undefined ? {} : { after }) }
    const page = await client.call(routes.listJobs, { query })
    seen.push(...page.data.map(({ id }) => id))
    more = page.has_more
  }
  expect(seen).toEqual(order === 'asc' ? ids : [...ids].reverse())
})

test('OpenAPI is served as it is in the repository', async () => {
  const { status, body } = await call('GET', '/openapi.json')
  expect(status).toBe(200)
  expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/v1/jobs': { post: { operationId: 'createJob' } } } })
})
