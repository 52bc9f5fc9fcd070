import { createClient } from '../../../server/client/client'
import { routes } from '../../../server/contract/routes'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

const create = (name: string) => server.clients.admin.call(routes.createProject, { body: { name } })
const sleep = { kind: 'sleep' as const, input: { seconds: 0 } }

test('a project begins with one admin key, sees nothing of the others, and the same workers run its jobs', async () => {
  const made = await create('second shop')
  const owner = createClient({ baseUrl: server.url, apiKey: made.key })
  expect(made.id).toMatch(/^proj_/)
  expect(await owner.call(routes.getProject, {})).toMatchObject({ id: made.id, name: 'second shop', budget: null })

  const ours = await server.clients.admin.call(routes.createJob, { body: sleep })
  const theirs = await owner.call(routes.createJob, { body: sleep })
  expect((await owner.call(routes.listJobs, {})).data.map(({ id }) => id)).toEqual([theirs.id])
  await expect(owner.call(routes.getJob, { params: { id: ours.id } })).rejects.toMatchObject({ code: 'job_not_found' })
  await expect(server.clients.admin.call(routes.getJob, { params: { id: theirs.id } })).rejects.toMatchObject({
    code: 'job_not_found',
  })

  const worker = await server.worker('shared')
  const leased = [(await worker.take()).job_id, (await worker.take()).job_id]
  expect(leased.sort()).toEqual([ours.id, theirs.id].sort())
})

test('a name is taken once; a name that is none is refused', async () => {
  await create('third shop')
  await expect(create('third shop')).rejects.toMatchObject({ code: 'name_taken', status: 409 })
  await expect(create('  ')).rejects.toMatchObject({ code: 'invalid_request' })
})

test('projects are made and seen with an admin key of the first one only', async () => {
  const { key } = await create('fourth shop')
  const owner = createClient({ baseUrl: server.url, apiKey: key })
  await expect(owner.call(routes.createProject, { body: { name: 'mine' } })).rejects.toMatchObject({
    code: 'first_project_only',
    status: 403,
  })
  await expect(owner.call(routes.listProjects, {})).rejects.toMatchObject({ code: 'first_project_only' })
  await expect(server.clients.write.call(routes.listProjects, {})).rejects.toMatchObject({ code: 'missing_scope' })
  const { data } = await server.clients.admin.call(routes.listProjects, { query: { limit: 100 } })
  expect(data.map(({ name }) => name)).toEqual(expect.arrayContaining(['default', 'fourth shop']))
})
