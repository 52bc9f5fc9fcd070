import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lease } from '../../../server/contract/workers'
import { StepFailed } from '../../../server/steps/handler'
import { createCallers } from '../../../server/workers/callers'
import { createEnergy } from '../../../server/workers/energy'
import { createGpuPool } from '../../../server/workers/gpu-pool'
import { handlers, type Handlers } from '../../../server/workers/handlers'
import { openLocalCheckpoints } from '../../../server/workers/local-checkpoints'
import { runLease } from '../../../server/workers/run-lease'
import { fakeServer, leaseOf, refusal } from './fake-server'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-lease-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const settled = () => ({ status: 'ok', result: null })
/** Held for a moment, as the server does; then the command. */
const held = (command: () => string | null) => async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  return { command: command(), expires_in_ms: 30_000 }
}

const run = async (
  lease: Lease,
  server: ReturnType<typeof fakeServer>,
  change: Partial<Parameters<typeof runLease>[1]> = {},
) => {
  await runLease(lease, {
    client: server.client,
    log: silent,
    python: 'none',
    enginesFolder: folder,
    attemptsDir: join(folder, 'attempts'),
    checkpoints: await openLocalCheckpoints(join(folder, 'checkpoints'), silent),
    gpus: createGpuPool([]),
    heartbeat_seconds: 0.05,
    offlineGrace_seconds: 30,
    energy: createEnergy({ watch: () => undefined, unwatch: () => undefined }),
    callers: createCallers(),
    fetchSource: () => Promise.reject(new Error('no network here')),
    pids: { add: () => undefined, remove: () => undefined },
    blobs: {
      path: () => Promise.reject(new Error('no blobs here')),
      prune: () => Promise.resolve(),
      dropRemoved: () => Promise.resolve(),
    },
    baseModels: { resolve: () => Promise.reject(new Error('no models here')) },
    stopping: new AbortController().signal,
    ...change,
  })
}
const withSleep = (work: Handlers['sleep']): { handlers: Handlers } => ({ handlers: { ...handlers, sleep: work } })

test('a job that ends well completes with its outputs, and its folder is gone', async () => {
  const server = fakeServer({ '/heartbeat': held(() => null), '/complete': settled })
  await run(leaseOf('sleep', { seconds: 0.1 }), server)

  expect(server.of('/complete')).toMatchObject([{ outputs: { kind: 'sleep', slept_seconds: 0.1 } }])
  expect(await readdir(join(folder, 'attempts'))).toEqual([])
})

test('the end of a job is told again while the server is away', async () => {
  const answers = [refusal('unreachable', null), refusal('internal_error', 500), settled()]
  const server = fakeServer({ '/heartbeat': held(() => null), '/complete': () => answers.shift() })
  await run(leaseOf('sleep', { seconds: 0 }), server)

  expect(server.of('/complete')).toHaveLength(3)
})

test('outputs that the server refuses fail the job', async () => {
  const server = fakeServer({
    '/heartbeat': held(() => null),
    '/complete': () => refusal('blob_not_found', 404),
    '/fail': settled,
  })
  await run(leaseOf('sleep', { seconds: 0 }), server)

  expect(server.of('/fail')).toMatchObject([{ code: 'blob_not_found' }])
})

test('an error of a step reaches the server with its code and the log with its stack', async () => {
  const server = fakeServer({ '/heartbeat': held(() => null), '/fail': settled })
  await run(
    leaseOf('sleep', {}),
    server,
    withSleep(() => Promise.reject(new StepFailed('training_diverged', 'The loss is NaN.'))),
  )

  expect(server.of('/fail')).toMatchObject([{ code: 'training_diverged', message: 'The loss is NaN.' }])
  expect(server.of('/heartbeat').flatMap(({ logs }) => logs ?? [])).toMatchObject([
    { line: expect.stringContaining('The loss is NaN.') },
  ])
})

test('input of the wrong shape is an invalid request', async () => {
  const server = fakeServer({ '/heartbeat': held(() => null), '/fail': settled })
  await run(leaseOf('sleep', { seconds: 'many' }), server)

  expect(server.of('/fail')).toMatchObject([{ code: 'invalid_request', message: expect.stringContaining('seconds') }])
})

test('a job that pauses writes a checkpoint first', async () => {
  let beats = 0
  const server = fakeServer({
    '/heartbeat': held(() => (++beats > 2 ? 'pause' : null)),
    '/checkpoints': settled,
    '/paused': settled,
  })
  await run(leaseOf('sleep', { seconds: 60 }), server)

  expect(server.calls.map(({ path }) => path.split('/').at(-1)).filter((end) => end !== 'heartbeat')).toEqual([
    'checkpoints',
    'paused',
  ])
})

test('a kind that cannot pause is ended, and begins again later', async () => {
  const server = fakeServer({
    '/heartbeat': held(() => 'pause'),
    '/roll_out': () => ({ deployment_id: 'dep_1', generation: 1, state: 'rolling_out', error: null }),
    '/paused': settled,
  })
  await run(leaseOf('deploy', {}), server)

  expect(server.of('/paused')).toHaveLength(1)
})

test('a lost lease ends the work and settles nothing', async () => {
  const server = fakeServer({ '/heartbeat': () => refusal('lease_lost') })
  await run(leaseOf('sleep', { seconds: 60 }), server)

  expect(server.calls.every(({ path }) => path.endsWith('/heartbeat'))).toBe(true)
})

test('a server that is away too long ends the work', async () => {
  const server = fakeServer({ '/heartbeat': () => refusal('unreachable', null) })
  await run(leaseOf('sleep', { seconds: 60 }), server, { offlineGrace_seconds: 0.2 })

  expect(server.calls.every(({ path }) => path.endsWith('/heartbeat'))).toBe(true)
})

test('a stopping worker hands its job back', async () => {
  const stopping = new AbortController()
  const server = fakeServer({ '/heartbeat': held(() => null), '/fail': settled })
  setTimeout(() => stopping.abort(), 50)
  await run(leaseOf('sleep', { seconds: 60 }), server, { stopping: stopping.signal })

  expect(server.of('/fail')).toMatchObject([{ code: 'worker_stopped' }])
})

/** Leaves a folder where a training engine would leave its checkpoints, and tells of it. */
const leaving =
  (end: () => Promise<never>): Handlers['sleep'] =>
  async ({ checkpoints, report }) => {
    await mkdir(checkpoints.dir, { recursive: true })
    await writeFile(join(checkpoints.dir, 'manifest of nothing'), '')
    report.localCheckpoint(40)
    return await end()
  }
const keptStub = () => {
  const closed: boolean[] = []
  return {
    closed,
    open: () =>
      Promise.resolve({
        dir: join(folder, 'checkpoints', 'job_1'),
        newest: () => Promise.resolve(null),
        close: (keep: boolean) => Promise.resolve(void closed.push(keep)),
      }),
    kept: () => [],
    forget: () => Promise.resolve(),
  }
}

test.each([
  ['goes back to the queue', { status: 'queued', result: null }, true],
  ['ended', { status: 'failed', result: null }, false],
])('checkpoints on the worker are told of, and stay only when the job %s', async (_what, answer, stays) => {
  const checkpoints = keptStub()
  const server = fakeServer({ '/heartbeat': held(() => null), '/fail': () => answer })
  const work = leaving(() => Promise.reject(new StepFailed('engine_failed', 'It died.')))
  await run(leaseOf('sleep', {}), server, { checkpoints, ...withSleep(work) })

  expect(checkpoints.closed).toEqual([stays])
  expect(server.of('/heartbeat')).toContainEqual(expect.objectContaining({ local_checkpoint_step: 40 }))
})

test.each(['unreachable', 'lease_lost'] as const)(
  'checkpoints stay after %s: the job may be here again',
  async (code) => {
    const checkpoints = keptStub()
    const server = fakeServer({ '/heartbeat': () => refusal(code, code === 'unreachable' ? null : 409) })
    await run(leaseOf('sleep', { seconds: 60 }), server, { checkpoints, offlineGrace_seconds: 0.2 })

    expect(checkpoints.closed).toEqual([true])
  },
)

test('an attempt gets its GPUs for itself, and gives them back', async () => {
  const gpus = createGpuPool(['GPU-a', 'GPU-b'])
  const free: number[] = []
  const server = fakeServer({ '/heartbeat': held(() => null), '/complete': settled })
  const lease = leaseOf('sleep', {}, { resources: { ...leaseOf('sleep', {}).resources, gpus: 1 } })
  const work: Handlers['sleep'] = () => {
    free.push(gpus.free())
    return Promise.resolve({ kind: 'sleep', slept_seconds: 0 })
  }
  await run(lease, server, { gpus, ...withSleep(work) })

  expect([...free, gpus.free()]).toEqual([1, 2])
  const lines = server.of('/heartbeat').flatMap(({ logs }) => (logs as { line: string }[] | undefined) ?? [])
  expect(lines.map(({ line }) => line)).toContain('This attempt has the GPUs GPU-a for itself.')
})

test('a deploy job that waits for a person is handed back without an error', async () => {
  const server = fakeServer({
    '/heartbeat': held(() => null),
    '/roll_out': () => ({ state: 'awaiting_approval' }),
    '/paused': () => ({ status: 'awaiting_approval', result: null }),
  })
  await run(leaseOf('deploy', { name: 'texts', model: 'model_1' }), server)

  expect(server.of('/paused')).toHaveLength(1)
  expect(server.of('/fail')).toEqual([])
  expect(await readdir(join(folder, 'attempts'))).toEqual([])
})
