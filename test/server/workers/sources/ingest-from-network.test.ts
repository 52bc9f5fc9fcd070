import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '../../../../server/contract/routes'
import { parseAllowList } from '../../../../server/outgoing/address-check'
import { startWorker, type Worker } from '../../../../server/workers/worker'
import { startServer, type TestServer } from '../../../support/server'
import { startHttp } from './local-http'

const password = 'p4ssw0rd-that-must-not-show'
const log: string[] = []
let server: TestServer
let worker: Worker
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-network-'))
  server = await startServer({ FORGE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') })
  const note = (facts: object, message: string): void => void log.push(`${message} ${JSON.stringify(facts)}`)
  worker = await startWorker({
    client: server.clients.worker,
    name: 'fetcher',
    dataDir: folder,
    modelsDir: folder,
    resources: { cpus: 2, memory_bytes: 8 * 1024 ** 3, gpus: 0, gpu_memory_bytes: 0, labels: {} },
    python: 'none',
    enginesFolder: folder,
    outgoingAllow: parseAllowList('127.0.0.1/8,::1/128'),
    sourceLimitBytes: 1_000_000,
    meterLockPath: null,
    log: { info: note, warn: note, error: note },
  })
}, 60_000)
afterAll(async () => {
  await worker.stop()
  await server.stop()
  await rm(folder, { recursive: true })
})

const connect = async (name: string) => {
  const { hostname, port, pathname, username } = new URL(server.databaseUrl)
  await server.clients.write.call(routes.createConnection, {
    body: {
      name,
      type: 'postgres',
      settings: {
        host: hostname,
        port: Number(port),
        database: pathname.slice(1),
        user: decodeURIComponent(username),
        tls: 'disable',
      },
      secrets: { password: decodeURIComponent(new URL(server.databaseUrl).password) || password },
    },
  })
}
const ingest = (name: string, query: string) =>
  server.clients.write.call(routes.createDataset, {
    body: { name, source: { type: 'sql', connection: 'shop', query }, options: { format: 'prompt-completion' } },
  })

test('a query becomes a dataset version, that version a further one, and a failing query shows no secret', async () => {
  await connect('shop')
  const first = await ingest('texts', "select 'p' || n as prompt, 'c' || n as completion from generate_series(1, 50) n")
  await server.reached(first.id, 'succeeded')
  const dataset = await server.clients.read.call(routes.getDataset, { params: { id: 'texts' } })
  expect(dataset.latest_version).toMatchObject({
    rows: 50,
    report: {
      sources: [{ type: 'sql', location: expect.stringMatching(/^postgres:\/\/[^@]*$/), bytes: expect.any(Number) }],
    },
  })

  const second = await server.clients.write.call(routes.createDataset, {
    body: { name: 'texts', source: { type: 'dataset', dataset: 'texts' }, options: { max_rows: 10 } },
  })
  await server.reached(second.id, 'succeeded')
  expect(await server.clients.read.call(routes.getDataset, { params: { id: 'texts' } })).toMatchObject({
    latest_version: { version: 2, rows: 10, report: { sources: [{ type: 'dataset' }] } },
  })

  const broken = await ingest('broken', 'select nonsense')
  await server.reached(broken.id, 'failed')
  const job = await server.clients.read.call(routes.getJob, { params: { id: broken.id } })
  expect(job.error).toMatchObject({ code: 'source_refused', message: expect.stringContaining('nonsense') })
  const lines = await server.db.selectFrom('app.job_log').select('line').execute()
  expect(lines.length).toBeGreaterThan(0)
  const secret = decodeURIComponent(new URL(server.databaseUrl).password) || password
  expect(JSON.stringify([lines, log, job])).not.toContain(secret)
}, 60_000)

test('a URL on the network becomes a dataset version that names its bytes', async () => {
  const http = await startHttp((_request, response) => response.end('{"prompt":"a","completion":"b"}\n'))
  try {
    const job = await server.clients.write.call(routes.createDataset, {
      body: { name: 'web', source: { type: 'url', url: `${http.url}/rows.jsonl?token=t` }, options: {} },
    })
    await server.reached(job.id, 'succeeded')
    const { latest_version } = await server.clients.read.call(routes.getDataset, { params: { id: 'web' } })
    expect(latest_version?.report.sources).toEqual([
      { type: 'url', location: `${http.url}/rows.jsonl`, bytes: 32, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
  } finally {
    await http.stop()
  }
}, 60_000)
