import { sql } from 'kysely'
import { routes } from '../../../server/contract/routes'
import { tellBudgets } from '../../../server/ledger/budget'
import { newId } from '../../../server/storage/new-id'
import { startServer, type TestServer } from '../../support/server'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.stop())

/** A client of a project of its own. */
const newProject = async () => {
  const id = newId('project')
  return { id, client: await server.client(['admin'], id) }
}
/** An entry of the ledger, as if a replica had served. */
const spend = (projectId: string, cost: number, at = sql<Date>`clock_timestamp()`) =>
  sql`insert into app.ledger_entry (owner, project_id, kind, method, covers, energy_joules, cost, currency, co2e_grams, gpu_seconds, cpu_seconds, started_at, ended_at)
    values (${newId('replica')}, ${projectId}, 'serve', 'modelled', '{cpu}', 1, ${cost}, 'EUR', 0, 0, 1, ${at}, ${at})`.execute(
    server.db,
  )
const sleep = { kind: 'sleep' as const, input: { seconds: 0 } }
const eventsOf = async (client: Awaited<ReturnType<typeof newProject>>['client']) => {
  const { data } = await client.call(routes.listEvents, { query: { types: 'budget.warning,budget.exceeded' } })
  return data.map(({ type }) => type).reverse()
}

test('a project without a budget is never refused', async () => {
  const { id, client } = await newProject()
  await spend(id, 1_000_000)
  expect((await client.call(routes.createJob, { body: sleep })).status).toBe('queued')
  expect(await client.call(routes.getProject, {})).toMatchObject({ budget: null, spent_this_month: 1_000_000 })
})

test('a budget warns once, then refuses new jobs and calls, and nothing that it is not about', async () => {
  const { id, client } = await newProject()
  const budget = { monthly_cost: 10 }
  const set = await client.call(routes.updateProject, { body: { budget } })
  expect(set).toMatchObject({ budget: { monthly_cost: 10, warn_at: 0.8 }, spent_this_month: 0, currency: 'EUR' })

  await spend(id, 8.5)
  await tellBudgets(server.db)
  await tellBudgets(server.db)
  expect(await eventsOf(client)).toEqual(['budget.warning'])
  const before = await client.call(routes.createJob, { body: sleep })

  await spend(id, 1.5)
  await tellBudgets(server.db)
  await tellBudgets(server.db)
  expect(await eventsOf(client)).toEqual(['budget.warning', 'budget.exceeded'])
  const refused = { code: 'budget_exceeded', status: 403, message: expect.stringContaining('10 of 10 spent') }
  await expect(client.call(routes.createJob, { body: sleep })).rejects.toMatchObject(refused)
  await expect(
    client.call(routes.createChatCompletion, {
      body: { model: 'any', messages: [{ role: 'user', content: 'Hello' }] },
    }),
  ).rejects.toMatchObject(refused)
  // what was there already goes on, and can be seen and ended
  expect((await client.call(routes.getJob, { params: { id: before.id } })).status).not.toBe('failed')
  await client.call(routes.cancelJob, { params: { id: before.id } })
  await expect(client.call(routes.retryJob, { params: { id: before.id } })).rejects.toMatchObject(refused)

  await client.call(routes.updateProject, { body: { budget: { monthly_cost: 20 } } })
  expect((await client.call(routes.createJob, { body: sleep })).status).toBe('queued')
})

test('last month does not count', async () => {
  const { id, client } = await newProject()
  await client.call(routes.updateProject, { body: { budget: { monthly_cost: 1 } } })
  await spend(
    id,
    5,
    sql<Date>`date_trunc('month', clock_timestamp() at time zone 'UTC') at time zone 'UTC' - interval '1 second'`,
  )
  expect((await client.call(routes.createJob, { body: sleep })).status).toBe('queued')
})

test('a budget is taken away with null', async () => {
  const { id, client } = await newProject()
  await client.call(routes.updateProject, { body: { budget: { monthly_cost: 1 } } })
  await spend(id, 5)
  const without = await client.call(routes.updateProject, { body: { budget: null } })
  expect(without.budget).toBeNull()
  expect((await client.call(routes.createJob, { body: sleep })).status).toBe('queued')
})
