import { routes } from '../../../server/contract/routes'
import { startAirflowStandIn, type AirflowStandIn } from '../../support/airflow'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
let airflow: AirflowStandIn
let connection: string
beforeAll(async () => {
  server = await startServer({
    FORGE_OUTGOING_ALLOW: '127.0.0.1',
    FORGE_SECRET_KEY: Buffer.alloc(32, 6).toString('base64'),
  })
  airflow = await startAirflowStandIn()
  const { username, password } = airflow.user
  const made = await server.clients.write.call(routes.createConnection, {
    body: { name: 'airflow', type: 'airflow', settings: { base_url: airflow.url, username }, secrets: { password } },
  })
  connection = made.id
}, 60_000)
afterAll(async () => {
  await server.stop()
  await airflow.stop()
})

const create = (asset: string) =>
  server.clients.write.call(routes.createWebhookEndpoint, {
    body: { type: 'airflow', connection: 'airflow', asset, events: ['job.cancelled'] },
  })
const remove = (id: string) => server.clients.write.call(routes.deleteWebhookEndpoint, { params: { id } })

test('an event becomes an asset event that carries it', async () => {
  airflow.addAsset('models-of-others', 's3://others/models')
  const asset_id = airflow.addAsset('models', 's3://shop/models')
  const endpoint = await create('s3://shop/models')
  expect(endpoint).toMatchObject({
    type: 'airflow',
    url: `airflow:${connection}/s3://shop/models`,
    asset: { connection_id: connection, name_or_uri: 's3://shop/models' },
  })
  const posted = airflow.next(({ method, path }) => method === 'POST' && path === '/assets/events')
  const { id } = await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  await server.clients.write.call(routes.cancelJob, { params: { id } })

  expect((await posted).body).toMatchObject({
    asset_id,
    extra: { forge_event: { object: 'event', type: 'job.cancelled', data: { job_id: id, kind: 'sleep' } } },
  })
  await remove(endpoint.id)
})

test('registering the same asset again changes its endpoint', async () => {
  const first = await create('models')
  const second = await create('models')
  expect(second.id).toBe(first.id)
  await remove(first.id)
})

test('a test call says what Airflow answered, or that it knows no such asset', async () => {
  airflow.addAsset('by-name', 'x://by-uri/')
  // Airflow itself adds the slash
  const [known, alike, unknown] = [await create('by-name'), await create('x://by-uri'), await create('nothing')]
  const tryOut = (id: string) => server.clients.write.call(routes.testWebhookEndpoint, { params: { id } })

  expect(await tryOut(known.id)).toMatchObject({ delivered: true, answer: expect.stringContaining('asset event') })
  expect(await tryOut(unknown.id)).toMatchObject({
    delivered: false,
    status: 404,
    answer: expect.stringContaining('"nothing"'),
  })
  expect(await tryOut(alike.id)).toMatchObject({ delivered: true })
  for (const { id } of [known, alike, unknown]) await remove(id)
})
