import { buildProgram } from '../../../server/cli/program'
import { routes } from '../../../server/contract/routes'
import { startReceiver } from '../../support/receiver'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())
afterEach(() => {
  process.exitCode = undefined
})

const forge = async (...args: string[]): Promise<{ out: string; err: string; code: unknown }> => {
  let [out, err] = ['', '']
  const program = buildProgram({
    serverUrl: server.url,
    apiKey: server.adminKey,
    isTerminal: false,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  })
  await program.parseAsync(['node', 'forge', ...args])
  return { out, err, code: process.exitCode ?? 0 }
}

test('an endpoint is made, tested, listed and deleted from the shell', async () => {
  const receiver = await startReceiver()
  const { out } = await forge('webhooks', 'create', receiver.url, '--events', 'job.failed', 'job.succeeded')
  expect(out).toContain('whsec_')
  const id = /whe_\w+/.exec(out)?.[0] ?? ''
  expect((await forge('webhooks', 'test', id)).out).toContain('Taken with HTTP 200')
  expect((await forge('webhooks', 'list')).out).toContain('job.failed, job.succeeded')
  await receiver.close()
  expect(await forge('webhooks', 'test', id)).toMatchObject({ code: 1, out: expect.stringContaining('ECONNREFUSED') })
  expect((await forge('webhooks', 'delete', id)).out).toContain('deleted')
})

test('events are listed with what they carry', async () => {
  const { id } = await server.clients.write.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 1 } } })
  await server.clients.write.call(routes.cancelJob, { params: { id } })
  expect((await forge('events', '--types', 'job.cancelled')).out).toContain(`job_id=${id}`)
})
