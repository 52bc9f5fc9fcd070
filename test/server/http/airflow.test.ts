import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ApiError } from '../../../server/client/client'
import type { GivenBody } from '../../../server/contract/route'
import { routes } from '../../../server/contract/routes'
import { startAirflowStandIn, type AirflowStandIn } from '../../support/airflow'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'
import { startHttp } from '../workers/sources/local-http'

let server: TestServer
let airflow: AirflowStandIn
beforeAll(async () => {
  server = await startServer({
    FORGE_OUTGOING_ALLOW: '127.0.0.1,localhost',
    FORGE_SECRET_KEY: Buffer.alloc(32, 5).toString('base64'),
  })
  airflow = await startAirflowStandIn()
}, 60_000)
afterAll(async () => {
  await airflow.stop()
  await server.stop()
})

type NewConnection = Extract<GivenBody<typeof routes.createConnection>, { type: 'airflow' }>
const connection = (change: Partial<NewConnection> = {}, settings: object = {}): NewConnection => ({
  name: unique('airflow'),
  type: 'airflow',
  settings: { base_url: airflow.url, username: airflow.user.username, ...settings },
  secrets: { password: airflow.user.password },
  ...change,
})
const refusal = (code: string, message = '') =>
  expect.objectContaining({ constructor: ApiError, code, message: expect.stringContaining(message) }) as unknown
/** A client of a project of its own. */
const project = () => server.client(['read', 'write'], unique('proj'))

test('DAGs are listed by id, a page at a time, and searched by Airflow', async () => {
  const client = await project()
  await client.call(routes.createConnection, { body: connection() })
  for (const id of ['c_daily', 'a_train', 'b_train']) airflow.addDag(id, { is_paused: id === 'c_daily' })
  const list = (query: { offset?: number; limit?: number; search?: string }) =>
    client.call(routes.listAirflowDags, { query })

  expect(await list({ limit: 2 })).toMatchObject({
    has_more: true,
    total: 3,
    data: [{ id: 'a_train' }, { id: 'b_train' }],
  })
  expect(await list({ limit: 2, offset: 2 })).toMatchObject({
    has_more: false,
    data: [{ id: 'c_daily', is_paused: true, url: `${airflow.url}/dags/c_daily` }],
  })
  expect(await list({ search: 'train' })).toMatchObject({ total: 2 })
})

test('a DAG shows its parameters as JSON Schema', async () => {
  const client = await project()
  await client.call(routes.createConnection, { body: connection() })
  airflow.addDag('typed', {
    params: {
      rows: { value: 3, schema: { type: 'integer', minimum: 1 }, description: 'how many' },
      name: { value: null, schema: { type: 'string' }, description: null },
      since: { value: null, schema: { type: ['null', 'string'], format: 'date-time' }, description: null },
      anything: { value: null, schema: {}, description: null },
    },
  })

  expect((await client.call(routes.getAirflowDag, { params: { id: 'typed' } })).parameters).toEqual({
    type: 'object',
    properties: {
      rows: { type: 'integer', minimum: 1, description: 'how many', default: 3 },
      name: { type: 'string' },
      since: { type: ['null', 'string'], format: 'date-time' },
      anything: {},
    },
    required: ['name'],
  })
  await expect(client.call(routes.getAirflowDag, { params: { id: 'none' } })).rejects.toEqual(
    refusal('airflow_dag_not_found', 'has no DAG "none"'),
  )
})

test('which Airflow is meant need not be said where there is one, and must where there are several', async () => {
  const client = await project()
  const list = (name?: string) =>
    client.call(routes.listAirflowDags, { query: name === undefined ? {} : { connection: name } })
  const run = () => client.call(routes.createAirflowDagRun, { body: { dag_id: 'x' } })

  await expect(list()).rejects.toEqual(refusal('airflow_connection_missing'))
  await expect(run()).rejects.toEqual(refusal('airflow_connection_missing'))
  const first = await client.call(routes.createConnection, { body: connection() })
  await expect(list()).resolves.toMatchObject({ object: 'list' })
  const second = await client.call(routes.createConnection, { body: connection() })
  await expect(list()).rejects.toEqual(refusal('invalid_request', [first.name, second.name].sort().join(', ')))
  await expect(list(second.name)).resolves.toMatchObject({ object: 'list' })
  const other = await client.call(routes.createConnection, {
    body: { name: unique('hub'), type: 'huggingface', settings: {}, secrets: { token: 't' } },
  })
  await expect(list(other.name)).rejects.toEqual(refusal('invalid_request', 'is of type huggingface, not airflow'))
})

test('new credentials of a connection count at once', async () => {
  const client = await project()
  const { id } = await client.call(routes.createConnection, { body: connection({ secrets: { password: 'old' } }) })
  const list = () => client.call(routes.listAirflowDags, { query: {} })

  await expect(list()).rejects.toEqual(refusal('airflow_access_refused', 'Invalid credentials'))
  await client.call(routes.updateConnection, {
    params: { id },
    body: { secrets: { password: airflow.user.password } },
  })
  await expect(list()).resolves.toMatchObject({ object: 'list' })
})

const tryOut = async (body: NewConnection) => {
  const { id } = await server.clients.write.call(routes.createConnection, { body })
  return await server.clients.write.call(routes.testConnection, { params: { id } })
}

test('the test of a connection names what is wrong', async () => {
  const page = await startHttp((_request, response) => response.writeHead(200).end('<html>'))
  const moved = await startHttp((_request, response) => response.writeHead(302, { location: '/login' }).end())
  try {
    expect(await tryOut(connection())).toMatchObject({
      ok: true,
      detail: expect.stringContaining('Airflow 3.3.2 answers'),
    })
    const wrong = async (change: Partial<NewConnection>, settings: object = {}): Promise<string> => {
      const { ok, detail } = await tryOut(connection(change, settings))
      expect(ok).toBe(false)
      return detail
    }
    expect(await wrong({ secrets: { password: 'no' } })).toContain('refuses access: Invalid credentials')
    expect(await wrong({ secrets: { token: 'no' } })).toContain('refuses access: Invalid JWT token')
    expect(await wrong({}, { base_url: page.url })).toContain('not as the REST API of Airflow 3 answers')
    expect(await wrong({}, { base_url: moved.url })).toContain('it redirects to /login')
    expect(await wrong({}, { base_url: 'http://127.0.0.1:9' })).toContain('ECONNREFUSED')
    expect(await wrong({}, { base_url: 'http://10.1.2.3' })).toContain('not a public address')
  } finally {
    await page.stop()
    await moved.stop()
  }
})

test('a certificate that is not trusted is named; ca_pem trusts it, verify_tls false takes any', async () => {
  const pem = readFileSync(join(__dirname, '..', '..', 'fixtures', 'localhost.pem'), 'utf8')
  const secure = createServer({ key: pem, cert: pem }, (request, response) => {
    request.resume()
    const body = request.url?.endsWith('/version')
      ? { version: '3.3.2', git_version: null }
      : { dags: [], total_entries: 0 }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ access_token: 'x', ...body }))
  })
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const base_url = `https://localhost:${String((secure.address() as AddressInfo).port)}`
  try {
    expect(await tryOut(connection({}, { base_url }))).toMatchObject({
      ok: false,
      detail: expect.stringContaining('its certificate is not trusted'),
    })
    const certificate = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----'))
    expect(await tryOut(connection({}, { base_url, ca_pem: certificate }))).toMatchObject({ ok: true })
    expect(await tryOut(connection({}, { base_url, verify_tls: false }))).toMatchObject({ ok: true })
  } finally {
    secure.closeAllConnections()
    secure.close()
  }
})
