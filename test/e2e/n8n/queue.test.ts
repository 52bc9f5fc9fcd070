import { routes } from '../../../server/contract/routes'
import { code, ingest, links, node, nothing, rows, webhook } from './flow-nodes'
import { nodeRuns, outputOf, start, until, type Flow, type FlowWorld, type Shown } from './flow-world'
import { redisProgram } from './queue-redis'
import { startQueueWorld, type QueueWorld } from './queue-world'
import { publishParentOfWaiting } from './sub-workflow'

/*
 * n8n's queue mode: a main, a worker in a process and folder of its own, Redis, and a real Forge. The worker runs every
 * node; the main takes Forge's calls. Jobs are held back by pausing their queue.
 */
jest.setTimeout(600_000)

const redis = redisProgram()
const inQueueMode = redis === null ? describe.skip : describe
const name =
  redis === null
    ? 'n8n in queue mode: skipped, for there is no Redis here (FORGE_REDIS) and none could be installed'
    : 'n8n in queue mode'

let queue: QueueWorld
let world: FlowWorld
let stop = (): Promise<unknown> => Promise.resolve()

const finished = (flow: Flow): Promise<Shown> => world.execution(flow.id, 'success', 'error')
const parked = async (flow: Flow): Promise<string> => {
  await world.pauseJobs()
  await start(flow.url)
  return (await world.execution(flow.id, 'waiting')).id
}
/** How often the worker that runs now has taken up an execution. */
const timesRun = (execution: string): number =>
  queue.worker().log().split(`Worker started execution ${execution} `).length - 1

interface Callback {
  url: string
  status: string
  cancel_reason: string | null
}
/** Whom Forge calls when the group of an execution has ended, and whether it was told. */
const callbackOf = async (execution: string): Promise<Callback | undefined> =>
  (
    await world.sql<Callback>(
      `select c.url, c.status, g.cancel_reason from app.callback c join app.job_group g on g.id = c.group_id
       where c.url like $1`,
      [`%/webhook-waiting/${execution}?%`],
    )
  )[0]
/** A workflow that makes a dataset of three rows and goes on with the result. */
const dataset = (path: string): Promise<Flow> =>
  world.publish(
    path,
    [webhook(path), rows(), ingest('Ingest', world.credential, { dataset: path }), nothing('After')],
    links('Webhook', 'Rows', 'Ingest', 'After'),
  )

inQueueMode(name, () => {
  beforeAll(async () => {
    queue = await startQueueWorld(redis ?? '')
    stop = () => queue.stop()
    world = queue.flows
  })
  afterAll(() => stop())
  afterEach(() => world.resumeJobs())

  test('an execution parks on the worker and resumes by itself, with the result once', async () => {
    const flow = await dataset('parks')
    const id = await parked(flow)
    expect(timesRun(id)).toBe(1)
    await world.resumeJobs()
    const ended = await finished(flow)

    expect(ended).toMatchObject({ id, status: 'success' })
    expect(timesRun(id)).toBe(2)
    expect(nodeRuns(ended, 'Rows')).toHaveLength(1)
    expect(nodeRuns(ended, 'After')).toHaveLength(1)
    expect(outputOf(ended, 'After')).toEqual([expect.objectContaining({ dataset_name: 'parks', version: 1, rows: 3 })])

    // a call that comes again, as after a lost answer, starts nothing
    const { url = '' } = (await callbackOf(id)) ?? {}
    expect((await fetch(url, { method: 'POST' })).status).toBe(409)
    expect(timesRun(id)).toBe(2)
    expect(await world.executions(flow.id)).toHaveLength(1)
  })

  test('a worker killed while an execution is parked loses nothing: the next one takes it up', async () => {
    const flow = await dataset('worker-killed')
    const id = await parked(flow)
    await queue.worker().stop('SIGKILL')
    await world.resumeJobs()
    // the main takes the call, also while there is no worker
    await until(
      () => callbackOf(id),
      (callback) => callback?.status === 'delivered',
    )
    await queue.startWorker()
    const ended = await finished(flow)

    expect(ended.status).toBe('success')
    expect(timesRun(id)).toBe(1)
    expect(outputOf(ended, 'After')).toMatchObject([{ dataset_name: 'worker-killed', rows: 3 }])
  })

  test('a job that fails ends the execution as an error, and what follows does not run', async () => {
    const flow = await world.publish(
      'fails',
      [
        webhook('fails'),
        code('Bad Rows', 'return [{ json: { prompt: "", completion: "" } }]'),
        ingest('Ingest', world.credential, { dataset: 'fails' }),
        nothing('After'),
      ],
      links('Webhook', 'Bad Rows', 'Ingest', 'After'),
    )
    await start(flow.url)
    const ended = await finished(flow)

    expect(ended.status).toBe('error')
    expect(nodeRuns(ended, 'After')).toEqual([])
  })

  test('a file, which n8n keeps in its database in this mode, becomes a dataset', async () => {
    const flow = await world.publish(
      'file',
      [
        webhook('file'),
        rows(4),
        node('File', 'n8n-nodes-base.convertToFile', { operation: 'csv', options: {} }, { typeVersion: 1.1 }),
        node(
          'Ingest',
          'n8n-nodes-forge.forgeIngest',
          { operation: 'fromFiles', dataset_name: 'file', binary_field: 'data', format: 'auto', options: {} },
          { credentials: { forgeApi: world.credential } },
        ),
      ],
      links('Webhook', 'Rows', 'File', 'Ingest'),
    )
    await start(flow.url)
    const ended = await finished(flow)

    expect(ended.status).toBe('success')
    expect(outputOf(ended, 'Ingest')).toMatchObject([{ dataset_name: 'file', rows: 4 }])
  })

  test('the results of a node that waits in a sub-workflow reach the workflow that called it', async () => {
    const { parent, child } = await publishParentOfWaiting(world, 'parent')
    await parked(parent)
    await world.execution(child.id, 'waiting')
    await world.resumeJobs()
    const ended = await finished(parent)

    expect(ended.status).toBe('success')
    expect(outputOf(ended, 'After')).toMatchObject([{ dataset_name: 'parent-child', rows: 3 }])
  })

  test('a parked execution that is cancelled frees its job once Forge has asked', async () => {
    const flow = await dataset('cancelled')
    const id = await parked(flow)
    await world.n8n.rest.stopExecution(id)
    await world.execution(flow.id, 'canceled')
    // the next ping would be due in minutes
    await world.sql(`update app.callback set ping_every_s = 0.5, next_ping_at = now() where status = 'waiting'`)
    await until(
      () => callbackOf(id),
      (callback) => callback?.cancel_reason === 'nobody_waits',
    )
  })

  test('Forge Trigger starts one execution per event on the worker, and none for a delivery that comes again', async () => {
    const credentials = { forgeApi: world.credential }
    const { id } = await world.publish(
      'trigger',
      [
        node(
          'Forge Trigger',
          'n8n-nodes-forge.forgeTrigger',
          { events: ['job.succeeded'] },
          { webhookId: 'trigger', credentials },
        ),
        nothing('After'),
      ],
      links('Forge Trigger', 'After'),
    )
    const { client } = world.forge
    await until(
      () => client.call(routes.listWebhookEndpoints, {}),
      ({ data }) => data.length === 1,
    )
    /** A job that ends well at once, and what the executions since have got, once there are so many. */
    const oneJob = async (): Promise<string> =>
      (await client.call(routes.createJob, { body: { kind: 'sleep', input: { seconds: 0 } } })).id
    const received = async (count: number): Promise<unknown[]> => {
      const all = await until(
        () => world.executions(id),
        (list) => list.length >= count && list.every(({ status }) => status === 'success'),
      )
      const jobs: unknown[] = []
      for (const each of all) {
        const shown = await world.n8n.rest.execution(each.id)
        jobs.push(...outputOf(shown, 'After').map(({ job_id: job }) => job))
        expect(timesRun(each.id)).toBe(1)
      }
      return jobs
    }
    const first = await oneJob()
    expect(await received(1)).toEqual([first])

    const { data } = await client.call(routes.listWebhookEndpoints, {})
    const params = { id: data[0]?.id ?? '' }
    const deliveries = async () => (await client.call(routes.listWebhookDeliveries, { params })).data
    const [delivery] = await deliveries()
    await client.call(routes.redeliverWebhook, { params: { id: delivery?.id ?? '' } })
    await until(deliveries, ([again]) => again?.status === 'delivered')
    // a second event shows that nothing else came between
    const second = await oneJob()

    expect((await received(2)).sort()).toEqual([first, second].sort())
  })
})
