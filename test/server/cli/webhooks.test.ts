import { routes } from '../../../server/contract/routes'
import { startReceiver } from '../../support/receiver'
import { startServer, type TestServer } from '../../support/server'
import { runForge } from '../../support/shell'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())
const forge = (...args: string[]) => runForge({ url: server.url, apiKey: server.adminKey }, args)

test('an endpoint is made, tested, listed and deleted from the shell', async () => {
  const receiver = await startReceiver()
  const { out } = await forge('webhooks', 'create', receiver.url, '--events', 'job.failed', 'job.succeeded')
  expect(out).toContain('whsec_')
  const id = /whe_\w+/.exec(out)?.[0] ?? ''
  expect((await forge('webhooks', 'test', id)).out).toContain('Taken with HTTP 200')
  expect((await forge('webhooks', 'list')).out).toContain('job.failed, job.succeeded')
  await receiver.close()
  expect(await forge('webhooks', 'test', id)).toMatchObject({
    exitCode: 1,
    out: expect.stringContaining('ECONNREFUSED'),
  })
  expect((await forge('webhooks', 'delete', id)).out).toContain('deleted')
})

test('events are listed with what they carry', async () => {
  const { id } = await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  await server.clients.write.call(routes.cancelJob, { params: { id } })
  expect((await forge('events', '--types', 'job.cancelled')).out).toContain(`job_id=${id}`)
})
