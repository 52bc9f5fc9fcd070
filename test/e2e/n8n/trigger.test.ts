import { routes } from '../../../server/contract/routes'
import { links, node, nothing } from './flow-nodes'
import { adminKey, outputOf, startFlowWorld, until, type FlowWorld, type Shown } from './flow-world'

/* The Forge Trigger in a real n8n: what it registers at a real Forge, and what starts an execution. */
jest.setTimeout(600_000)

let world: FlowWorld
let stop = (): Promise<unknown> => Promise.resolve()
beforeAll(async () => {
  world = await startFlowWorld()
  stop = () => world.stop()
})
afterAll(() => stop())

const trigger = (webhookId: string, credential: object = world.credential) => [
  node(
    'Forge Trigger',
    'n8n-nodes-forge.forgeTrigger',
    { events: ['job.succeeded'] },
    { webhookId, credentials: { forgeApi: credential } },
  ),
  nothing('After'),
]
/** A workflow that the trigger starts; not active. */
const workflow = async (name: string, credential?: object): Promise<string> =>
  (
    await world.n8n.rest.workflow({
      name,
      nodes: trigger(name, credential),
      connections: links('Forge Trigger', 'After'),
    })
  ).id
const endpoints = async (): Promise<{ id: string; url: string }[]> =>
  (await world.forge.client.call(routes.listWebhookEndpoints, {})).data.map(({ id, url }) => ({ id, url }))
const urlOf = (name: string): string => `${world.n8n.n8n.url}/webhook/${name}/webhook`
/** The endpoints at Forge, once there are so many: n8n registers a moment after it has said that a workflow is active. */
const endpointsOnce = (count: number): Promise<{ id: string; url: string }[]> =>
  until(endpoints, (list) => list.length === count)
const activate = async (name: string): Promise<string> => {
  const before = (await endpoints()).length
  const id = await workflow(name)
  await world.n8n.rest.activate(id)
  await endpointsOnce(before + 1)
  return id
}
const deactivate = async (id: string): Promise<void> => {
  const before = (await endpoints()).length
  await world.n8n.rest.deactivate(id)
  await endpointsOnce(before - 1)
}
/** A job that ends well at once, and so makes an event. */
const oneJob = async (): Promise<string> =>
  (await world.forge.client.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 0 } } })).id
/** What the newest executions got from the trigger, once there are so many. */
const received = async (id: string, count: number): Promise<Record<string, unknown>[]> => {
  const all = await until(
    () => world.executions(id),
    (list) => list.length >= count && list.every(({ status }) => status === 'success'),
  )
  const shown: Shown[] = []
  for (const each of all) shown.push(await world.n8n.rest.execution(each.id))
  return shown.flatMap((execution) => outputOf(execution, 'After'))
}

/** The jobs whose events have started an execution so far. */
const jobsReceived = async (id: string): Promise<unknown[]> => (await received(id, 1)).map(({ job_id: jobId }) => jobId)

test('an active trigger has one endpoint at Forge, starts an execution with the event, and takes the endpoint back', async () => {
  const id = await activate('registers')
  expect(await endpoints()).toEqual([{ id: expect.stringMatching(/^whe_/), url: urlOf('registers') }])
  const job = await oneJob()

  expect(await received(id, 1)).toEqual([
    expect.objectContaining({ event_id: expect.any(String), type: 'job.succeeded', job_id: job, kind: 'sleep' }),
  ])
  await deactivate(id)
  expect(await endpoints()).toEqual([])
})

test('an event that is delivered again starts nothing, and a call that Forge did not sign is refused', async () => {
  const id = await activate('once')
  const first = await oneJob()
  await received(id, 1)
  const [endpoint] = await endpoints()
  const params = { id: endpoint?.id ?? '' }
  const deliveries = async () => (await world.forge.client.call(routes.listWebhookDeliveries, { params })).data
  const [delivery] = await deliveries()
  await world.forge.client.call(routes.redeliverWebhook, { params: { id: delivery?.id ?? '' } })
  await until(deliveries, ([again]) => again?.status === 'delivered')
  const forged = await fetch(urlOf('once'), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'evt_forged',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
    },
    body: '{"type":"job.succeeded","data":{}}',
  })

  expect(forged.status).toBe(401)
  // a second event shows that nothing else came between
  const second = await oneJob()
  await until(
    () => jobsReceived(id),
    (jobs) => jobs.includes(second),
  )
  expect((await jobsReceived(id)).sort()).toEqual([first, second].sort())
  await deactivate(id)
})

test('testing the workflow gets a sample over an endpoint of its own, and leaves the active one alone', async () => {
  const id = await activate('tested')
  const [live] = await endpoints()
  const answer = await world.n8n.rest.call('POST', `/rest/workflows/${id}/run`, {
    triggerToStartFrom: { name: 'Forge Trigger' },
  })
  expect(answer).toEqual({ waitingForWebhook: true })
  const [sample] = await received(id, 1)
  expect(sample).toMatchObject({ type: 'job.succeeded', event_id: expect.any(String) })
  expect(await endpointsOnce(1)).toEqual([live])

  const job = await oneJob()
  expect((await received(id, 2))[0]).toMatchObject({ job_id: job })
  await deactivate(id)
})

test('what happens while n8n is away arrives when it is back, over the same endpoint', async () => {
  const id = await activate('restarted')
  const before = await endpoints()
  await world.n8n.n8n.stop('SIGKILL')
  const job = await oneJob()
  await until(
    () =>
      world.sql<{ attempts: number }>('select attempts from app.webhook_delivery where endpoint_id = $1', [
        before.find(({ url }) => url === urlOf('restarted'))?.id,
      ]),
    ([delivery]) => (delivery?.attempts ?? 0) > 0,
  )
  await world.n8n.restart()
  expect(await endpoints()).toEqual(before)
  // the next try would be due in half a minute; n8n opens its webhooks a moment after it has said that it is ready
  await until(
    async () => {
      await world.sql(`update app.webhook_delivery set next_attempt_at = now() where status = 'pending'`)
      return await world.executions(id)
    },
    (list) => list.length > 0,
  )

  expect(await received(id, 1)).toEqual([expect.objectContaining({ job_id: job })])
  const next = await oneJob()
  expect((await received(id, 2))[0]).toMatchObject({ job_id: next })
  expect(await endpoints()).toEqual(before)
  await deactivate(id)
})

test('a Forge that is away is named as what keeps the workflow from being activated', async () => {
  const away = await world.n8n.rest.credential({
    name: 'Forge that is away',
    type: 'forgeApi',
    data: { baseUrl: 'http://127.0.0.1:9', apiKey: adminKey },
  })
  const id = await workflow('away', away)
  // n8n says that it is active before its trigger is; what kept it comes to the editor as a message, and into the log
  await world.n8n.rest.activate(id)
  await until(
    () => Promise.resolve(world.n8n.n8n.log()),
    (log) => log.includes('Forge does not answer at http://127.0.0.1:9: connection refused'),
  )
})
