import { routes } from '../../server/contract/routes'
import { startServer, type TestServer } from '../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ FORGE_LEASE_SECONDS: '1' })
}, 60_000)
afterAll(() => server.stop())

test('the server itself ends a lease that its worker does not renew, and gives the job to the next worker', async () => {
  const [silent, next] = [await server.worker('silent'), await server.worker('next')]
  const job = await server.clients.write.call(routes.createJob, {
    body: { kind: 'sleep', input: { seconds: 1 }, job: { max_attempts: 20 } },
  })
  const lost = await silent.take()
  const lease = await next.take()
  expect(lease).toMatchObject({ job_id: job.id, attempt: 2, fence: lost.fence + 1 })
  await next.complete(lease)
  await server.reached(job.id, 'succeeded')
})

test('the server itself ends a job at its deadline', async () => {
  const job = await server.clients.write.call(routes.createJob, {
    body: {
      kind: 'sleep',
      input: { seconds: 1 },
      job: { run_at: '2100-01-01T00:00:00Z', deadline_at: '2020-01-01T00:00:00Z' },
    },
  })
  await server.reached(job.id, 'failed')
})
