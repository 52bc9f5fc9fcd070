import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lease } from '../../../server/contract/workers'
import { StepFailed } from '../../../server/steps/handler'
import { createCallers } from '../../../server/workers/callers'
import { createEnergy } from '../../../server/workers/energy'
import { handlers, type Handlers } from '../../../server/workers/handlers'
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
    attemptsDir: folder,
    heartbeat_seconds: 0.05,
    offlineGrace_seconds: 30,
    energy: createEnergy({ watch: () => undefined, unwatch: () => undefined }),
    callers: createCallers(),
    pids: { add: () => undefined, remove: () => undefined },
    blobs: { path: () => Promise.reject(new Error('no blobs here')), prune: () => Promise.resolve() },
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
  expect(await readdir(folder)).toEqual([])
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
