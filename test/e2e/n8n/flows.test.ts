import { routes } from '../../../server/contract/routes'
import { taskData } from './execution-data'
import { code, ingest, links, node, nothing, rows, webhook, wires } from './flow-nodes'
import {
  adminKey,
  nodeRuns,
  outputOf,
  start,
  startFlowWorld,
  until,
  type Flow,
  type FlowWorld,
  type Shown,
} from './flow-world'
import { startLossyProxy, type LossyProxy } from './lossy-proxy'
import { publishParentOfWaiting } from './sub-workflow'

/* What people build around a waiting node, in a real n8n: loops, branches, sub-workflows, retries, a changed mind. */
jest.setTimeout(600_000)

let world: FlowWorld
let proxy: LossyProxy
/** What has started, the last first: the next one may not. */
const started: { stop: () => Promise<unknown> }[] = []
beforeAll(async () => {
  world = await startFlowWorld()
  started.unshift(world)
  proxy = await startLossyProxy(world.forge.url)
  started.unshift(proxy)
})
afterAll(async () => {
  for (const each of started) await each.stop()
})
afterEach(() => world.resumeJobs())

interface Group {
  id: string
  status: string
  cancel_reason: string | null
  url: string
  created_at: Date
  ended_at: Date | null
}
/** The groups that wait, or waited, for an execution; the oldest first. */
const groupsOf = (execution: string): Promise<Group[]> =>
  world.sql<Group>(
    `select g.id, g.status, g.cancel_reason, g.created_at, g.ended_at, c.url from app.job_group g join app.callback c on c.group_id = g.id
     where c.url like $1 order by g.id`,
    [`%/webhook-waiting/${execution}?%`],
  )
const finished = (flow: Flow): Promise<Shown> => world.execution(flow.id, 'success', 'error')
const datasets = (execution: Shown, name: string, output = 0): unknown[] =>
  outputOf(execution, name, output).map(({ dataset_name }) => dataset_name)

test('the results of a node that waits in a sub-workflow reach the workflow that called it', async () => {
  const { parent, child } = await publishParentOfWaiting(world, 'parent')
  await world.pauseJobs()
  await start(parent.url)
  await world.execution(child.id, 'waiting')
  await world.execution(parent.id, 'waiting')
  await world.resumeJobs()
  const ended = await finished(parent)

  expect(ended.status).toBe('success')
  expect(outputOf(ended, 'After')).toMatchObject([{ dataset_name: 'parent-child', rows: 3 }])
})

test('each turn of a loop waits for a group of its own and gets its own result', async () => {
  const flow = await world.publish(
    'loop',
    [
      webhook('loop'),
      code(
        'Shops',
        `return [1, 2, 3].map((n) => ({ json: { prompt: 'Describe ' + n, completion: 'Board ' + n, shop: 'shop-' + n } }))`,
      ),
      node('Loop', 'n8n-nodes-base.splitInBatches', { batchSize: 1, options: {} }, { typeVersion: 3 }),
      ingest('Ingest', world.credential, { dataset: '={{ $json.shop }}' }),
      nothing('After'),
    ],
    {
      ...links('Webhook', 'Shops', 'Loop'),
      ...wires(['Loop', ['After', 'Ingest']], ['Ingest', ['Loop']]),
    },
  )
  await start(flow.url)
  const ended = await finished(flow)

  expect(ended.status).toBe('success')
  expect(datasets(ended, 'After')).toEqual(['shop-1', 'shop-2', 'shop-3'])
  expect(nodeRuns(ended, 'Ingest').map((_, run) => outputOf(ended, 'Ingest', 0, run)[0]?.['dataset_name'])).toEqual([
    'shop-1',
    'shop-2',
    'shop-3',
  ])
  expect((await groupsOf(ended.id)).map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
})

test('two branches that wait both give their results', async () => {
  const flow = await world.publish(
    'branches',
    [
      webhook('branches'),
      rows(3),
      ingest('Left', world.credential),
      ingest('Right', world.credential),
      node('Merge', 'n8n-nodes-base.merge', { mode: 'append' }, { typeVersion: 3 }),
    ],
    {
      ...links('Webhook', 'Rows'),
      ...wires(['Rows', ['Left,Right']], ['Left', ['Merge']], ['Right', ['Merge'], 1]),
    },
  )
  await start(flow.url)
  const ended = await finished(flow)

  expect(ended.status).toBe('success')
  expect(datasets(ended, 'Merge')).toEqual(['left', 'right'])
  // n8n parks an execution as a whole, so the branches wait one after the other
  const [left, right] = await groupsOf(ended.id)
  expect(right?.created_at.getTime()).toBeGreaterThanOrEqual(left?.ended_at?.getTime() ?? Infinity)
})

test('a callback that comes again for the first of two waiting nodes does not resume the second', async () => {
  const flow = await world.publish(
    'twice',
    [
      webhook('twice'),
      rows(),
      ingest('First', world.credential),
      rows(4, 'Other Rows'),
      ingest('Second', world.credential),
    ],
    links('Webhook', 'Rows', 'First', 'Other Rows', 'Second'),
  )
  await world.pauseJobs()
  await start(flow.url)
  const { id } = await world.execution(flow.id, 'waiting')
  const [first] = await groupsOf(id)
  if (!first) throw new Error('There is no group.')
  await world.resumeJobs()
  // the second node's job is held back as soon as the first one's has ended
  await until(
    async () =>
      (
        await world.sql<{ n: string }>(`select id as n from app.job_group where id = $1 and status <> 'running'`, [
          first.id,
        ])
      ).length,
    (ended) => ended === 1,
  )
  await world.pauseJobs()
  const groups = await until(
    () => groupsOf(id),
    (all) => all.length === 2,
  )
  const second = groups[1]
  const call = async (group: string): Promise<unknown> =>
    (
      await fetch(first.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'job_group.ended', group_id: group, status: 'succeeded', jobs: [] }),
      })
    ).json()
  await world.execution(flow.id, 'waiting')

  expect(await call(first.id)).toEqual({ ignored: first.id, waiting_for: second?.id })
  // a forged end of the group that it does wait for: Forge is asked, and says that it runs
  expect(await call(second?.id ?? '')).toEqual({ still_running: second?.id })
  expect((await world.executions(flow.id))[0]?.status).toBe('waiting')
  await world.resumeJobs()
  const ended = await finished(flow)
  expect(outputOf(ended, 'Second')).toMatchObject([{ dataset_name: 'second', rows: 4 }])
})

test('Retry On Fail finds the group whose answer was lost, and the jobs are made once', async () => {
  const lossy = await world.n8n.rest.credential({
    name: 'Forge behind a lossy line',
    type: 'forgeApi',
    data: { baseUrl: proxy.url, apiKey: adminKey },
  })
  const flow = await world.publish(
    'retry-on-fail',
    [
      webhook('retry-on-fail'),
      rows(),
      ingest('Ingest', lossy, { dataset: 'retried', retryOnFail: true, maxTries: 3, waitBetweenTries: 100 }),
    ],
    links('Webhook', 'Rows', 'Ingest'),
  )
  proxy.lose('/v1/job_groups', 2)
  await start(flow.url)
  const ended = await finished(flow)

  expect(ended.status).toBe('success')
  expect(datasets(ended, 'Ingest')).toEqual(['retried'])
  expect(await groupsOf(ended.id)).toHaveLength(1)
  expect(await world.sql(`select id from app.job where input ->> 'name' = 'retried'`)).toHaveLength(1)
})

test('a job that failed is not started anew by Retry On Fail, but is by the execution’s Retry', async () => {
  const flow = await world.publish(
    'retried',
    [
      webhook('retried'),
      code('Rows', `return [{ json: { prompt: 'Describe it.', completion: $execution.mode === 'x' ? '' : '' } }]`),
      ingest('Ingest', world.credential, { retryOnFail: true, maxTries: 2, waitBetweenTries: 100 }),
      nothing('After'),
    ],
    links('Webhook', 'Rows', 'Ingest', 'After'),
  )
  await start(flow.url)
  const failed = await finished(flow)
  expect(failed.status).toBe('error')
  expect(nodeRuns(failed, 'After')).toEqual([])
  expect((await groupsOf(failed.id)).map(({ status }) => status)).toEqual(['failed'])

  await world.n8n.rest.call('POST', `/rest/executions/${failed.id}/retry`, { loadWorkflow: false })
  const again = await until(
    async () => (await world.executions(flow.id))[0],
    (newest) => newest?.id !== failed.id && newest?.status === 'error',
  )
  expect((await groupsOf(again?.id ?? '')).map(({ status }) => status)).toEqual(['failed'])
})

test('with "Continue (using error output)" a failed job leaves by it alone', async () => {
  const flow = await world.publish(
    'error-output',
    [
      webhook('error-output'),
      code('Rows', `return [{ json: { prompt: '', completion: '' } }]`),
      ingest('Ingest', world.credential, { onError: 'continueErrorOutput' }),
      nothing('Done'),
      nothing('Failed'),
      nothing('Error'),
    ],
    { ...links('Webhook', 'Rows', 'Ingest'), ...wires(['Ingest', ['Done', 'Failed', 'Error']]) },
  )
  await start(flow.url)
  const ended = await finished(flow)

  expect(ended.status).toBe('success')
  expect(Object.keys(taskData(ended.data)).sort()).toEqual(['Error', 'Ingest', 'Rows', 'Webhook'])
  expect(outputOf(ended, 'Error')).toMatchObject([
    { error: expect.any(String), message: expect.any(String), details: { job_id: expect.stringMatching(/^job_/) } },
  ])
})

test('a run that was started in the editor parks and goes on', async () => {
  const { id } = await world.n8n.rest.workflow({
    name: 'in the editor',
    nodes: [
      node('Run', 'n8n-nodes-base.manualTrigger', {}),
      rows(),
      ingest('Ingest', world.credential, { dataset: 'edited' }),
      nothing('After'),
    ],
    connections: links('Run', 'Rows', 'Ingest', 'After'),
  })
  await world.pauseJobs()
  const execution = await world.n8n.rest.run(id, 'Run')
  await world.execution(id, 'waiting')
  await world.resumeJobs()
  const ended = await world.execution(id, 'success', 'error')

  expect(ended).toMatchObject({ id: execution, status: 'success', mode: 'manual' })
  expect(datasets(ended, 'After')).toEqual(['edited'])
})

test.each(['production', 'editor'])('a job that ended before the park resumes the execution (%s)', async (mode) => {
  const name = `ended-before-${mode}`
  const flow = await world.publish(
    name,
    [
      webhook(name),
      node('Run', 'n8n-nodes-base.manualTrigger', {}),
      rows(),
      // the second execution finds the first one's group, which has ended
      ingest('Ingest', world.credential, { dataset: name, options: { idempotency_key: name } }),
    ],
    { ...links('Webhook', 'Rows', 'Ingest'), ...links('Run', 'Rows') },
  )
  await start(flow.url)
  const first = await finished(flow)
  expect(first.status).toBe('success')
  if (mode === 'editor') await world.n8n.rest.run(flow.id, 'Run')
  else await start(flow.url)
  const second = await until(
    async () => (await world.executions(flow.id))[0],
    (newest) => newest?.id !== first.id && ['success', 'error'].includes(newest?.status ?? ''),
  )

  const shown = await world.n8n.rest.execution(second?.id ?? '')
  expect(shown.status).toBe('success')
  expect(outputOf(shown, 'Ingest')).toEqual(outputOf(first, 'Ingest'))
})

describe('an execution that nobody waits behind', () => {
  /** A workflow that calls another, and the dataset that they have made. */
  let family: { parent: Flow; child: Flow }
  beforeAll(async () => {
    family = await publishParentOfWaiting(world, 'family')
    await start(family.parent.url)
    expect((await finished(family.parent)).status).toBe('success')
  })
  /** A long run on the one training slot, and the execution that is parked behind it. */
  const train = async (name: string): Promise<{ flow: Flow; execution: string }> => {
    const flow = await world.publish(
      name,
      [
        webhook(name),
        node(
          'Fine-Tune',
          'n8n-nodes-forge.forgeFineTune',
          {
            operation: 'run',
            base_model: { __rl: true, mode: 'id', value: 'smollm2-135m-instruct' },
            dataset: { __rl: true, mode: 'id', value: 'family-child' },
            hyperparameters: { epochs: 100, max_steps: 100_000 },
          },
          { credentials: { forgeApi: world.credential } },
        ),
      ],
      links('Webhook', 'Fine-Tune'),
    )
    await start(flow.url)
    const { id } = await world.execution(flow.id, 'waiting')
    return { flow, execution: id }
  }
  const jobOf = async (execution: string): Promise<string> => {
    const [group] = await groupsOf(execution)
    const [job] = await world.sql<{ status: string }>('select status from app.job where group_id = $1', [group?.id])
    return job?.status ?? 'none'
  }
  /** Makes the next pings due now and every half second: fifteen minutes in two seconds. */
  const hurryPings = () =>
    world.sql(`update app.callback set ping_every_s = 0.5, next_ping_at = now() where status = 'waiting'`)

  test('a parked sub-workflow outlives the workflow that called it, and frees its job when it is cancelled itself', async () => {
    const { parent, child } = family
    await world.pauseJobs()
    await start(parent.url)
    const waiting = async ({ id: workflow }: Flow): Promise<string> => {
      const [newest] = await until(
        () => world.executions(workflow),
        ([latest]) => latest?.status === 'waiting',
      )
      return newest?.id ?? ''
    }
    const parked = await waiting(child)
    await world.n8n.rest.stopExecution(await waiting(parent))
    await world.execution(parent.id, 'canceled')
    expect((await world.executions(child.id))[0]).toMatchObject({ id: parked, status: 'waiting' })

    await world.n8n.rest.stopExecution(parked)
    await hurryPings()
    await until(
      () => groupsOf(parked),
      (groups) => groups.every(({ cancel_reason: reason }) => reason === 'nobody_waits'),
    )
  })

  test('is cancelled or deleted: its job is cancelled and the device is free', async () => {
    const running = await train('cancelled')
    await until(
      () => jobOf(running.execution),
      (status) => status === 'running',
    )
    const queued = await train('deleted')
    const kept = await train('kept')
    await world.n8n.rest.stopExecution(running.execution)
    await world.n8n.rest.call('POST', '/rest/executions/delete', { ids: [queued.execution] })
    const [orphan] = await groupsOf(queued.execution)
    await hurryPings()
    const cancelled = await until(
      async () => [...(await groupsOf(running.execution)), ...(await groupsOf(queued.execution))],
      (groups) => groups.every(({ status }) => status !== 'running'),
    )

    expect(cancelled).toMatchObject([
      { status: 'cancelled', cancel_reason: 'nobody_waits' },
      { id: orphan?.id, status: 'cancelled', cancel_reason: 'nobody_waits' },
    ])
    // the one slot for training is free: what waited behind the cancelled run has it
    await until(
      () => jobOf(kept.execution),
      (status) => status === 'running',
    )
    expect((await world.executions(kept.flow.id))[0]?.status).toBe('waiting')
    const [group] = await groupsOf(kept.execution)
    await world.forge.client.call(routes.cancelJobGroup, { params: { id: group?.id ?? '' } })
    expect((await finished(kept.flow)).status).toBe('error')
  })
})
