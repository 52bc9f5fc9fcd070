import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { ForgeClient } from '../../../server/client/client'
import type { replicaHeartbeat, WantedReplica } from '../../../server/contract/workers'
import { createPidFile } from '../../../server/engines/pid-file'
import { createCallers } from '../../../server/workers/callers'
import { createEnergy } from '../../../server/workers/energy'
import { startReplicas, type Replicas } from '../../../server/workers/replicas'

/** The worker's side of serving, with a server that is a list and engines that answer at once. */
type Beat = z.infer<typeof replicaHeartbeat>
const stub = join(__dirname, '..', '..', 'support', 'stub-serving-engine.mjs')
const peft = ['adapter_model.safetensors', 'adapter_config.json']

let folder: string
let wanted: WantedReplica[]
let beats: Beat[]
let watched: string[]
let waiting: { until: (beat: Beat) => boolean; resolve: (beat: Beat) => void }[]
let replicas: Replicas

const replica = (id: string, base: string, ...names: string[]): WantedReplica => ({
  replica_id: id,
  deployment_id: 'dep_1',
  generation: 1,
  model: {
    id: names.length === 0 ? base : `model-of-${id}`,
    base_model: base,
    artifacts: names.map((name) => ({ name, sha256: name, bytes: 1 })),
    artifact_hash: null,
  },
  token: 'token',
  drain: false,
})
/** The first report, already made or to come, of which this holds. */
const reported = (until: (beat: Beat) => boolean): Promise<Beat> => {
  const known = beats.find(until)
  return known ? Promise.resolve(known) : new Promise((resolve) => waiting.push({ until, resolve }))
}
const stateOf = (beat: Beat, id: string) => beat.observed.find(({ replica_id }) => replica_id === id)?.state

const start = (refuses: readonly string[] = []): void => {
  const program = (...args: string[]) => ({ command: process.execPath, args: [stub, ...args], cwd: folder })
  replicas = startReplicas({
    client: {
      call: (_route: unknown, { body }: { body: Beat }) => {
        beats.push(body)
        for (const { until, resolve } of waiting) if (until(body)) resolve(body)
        return Promise.resolve({ wanted, drain: false })
      },
    } as unknown as ForgeClient,
    workerId: { get: () => 'wrk_1', renew: () => Promise.resolve() },
    blobs: {
      path: () => Promise.resolve(join(folder, 'blob')),
      prune: () => Promise.resolve(),
      dropRemoved: () => Promise.resolve(),
    },
    baseModels: {
      resolve: (name) =>
        Promise.resolve({
          dir: folder,
          gguf: name === 'with-gguf' ? join(folder, 'model.gguf') : null,
          context_tokens: 64,
          architecture: null,
        }),
    },
    energy: createEnergy({ watch: (group) => void watched.push(group), unwatch: () => undefined }),
    callers: createCallers(),
    pids: createPidFile(join(folder, 'engines.json')),
    threads: 1,
    contextTokens: 64,
    sequences: 1,
    programs: { llama: program(), transformers: program(...refuses) },
    adaptersDir: join(folder, 'adapters'),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-replicas-'))
  await mkdir(join(folder, 'adapters'))
  await writeFile(join(folder, 'blob'), 'bytes')
  ;[wanted, beats, watched, waiting] = [[], [], [], []]
})
afterEach(async () => {
  await replicas.stop()
  await rm(folder, { recursive: true })
})

test('models of one base share a process per engine, and each replica says which engine answers', async () => {
  wanted = [
    replica('base', 'with-gguf'),
    replica('converted', 'with-gguf', ...peft, 'adapter.gguf'),
    replica('plain', 'with-gguf', ...peft),
    replica('other', 'without'),
  ]
  start()

  const { observed } = await reported((beat) => beat.observed.filter(({ state }) => state === 'ready').length === 4)
  expect(Object.fromEntries(observed.map(({ replica_id, engine }) => [replica_id, engine]))).toEqual({
    base: 'llama',
    converted: 'llama',
    plain: 'transformers',
    other: 'transformers',
  })
  const port = Object.fromEntries(observed.map(({ replica_id, port }) => [replica_id, port]))
  expect(port['base']).toBe(port['converted'])
  expect(new Set(Object.values(port)).size).toBe(3)
  expect(await readdir(join(folder, 'adapters'))).toEqual([])
})

test('a process that nobody uses any more ends, and a later replica gets a new one', async () => {
  wanted = [replica('first', 'without')]
  start()
  await reported((beat) => stateOf(beat, 'first') === 'ready')

  wanted = []
  await reported((beat) => stateOf(beat, 'first') === 'gone')
  wanted = [replica('second', 'without')]
  await reported((beat) => stateOf(beat, 'second') === 'ready')

  expect(watched).toHaveLength(2)
})

test('an adapter that its engine refuses fails its replica and leaves the others alone', async () => {
  wanted = [replica('base', 'without'), replica('broken', 'without', ...peft), replica('odd', 'without', 'weights.bin')]
  start(['refuse-adapters'])

  const { observed } = await reported(
    (beat) =>
      stateOf(beat, 'base') === 'ready' && stateOf(beat, 'broken') === 'failed' && stateOf(beat, 'odd') === 'failed',
  )
  const error = (id: string) => observed.find(({ replica_id }) => replica_id === id)?.error
  expect(error('broken')).toBe('refused')
  expect(error('odd')).toContain('weights.bin')
})
