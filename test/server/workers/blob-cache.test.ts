import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '../../../server/contract/routes'
import { createBlobCache } from '../../../server/workers/blob-cache'
import { startServer, type TestServer } from '../../support/server'
import { unique } from '../../support/unique'

let server: TestServer
let dir: string
beforeAll(async () => {
  server = await startServer()
  dir = await mkdtemp(join(tmpdir(), 'forge-cache-'))
}, 60_000)
afterAll(async () => {
  await server.stop()
  await rm(dir, { recursive: true, force: true })
})

test('a worker deletes its copy of what was erased, and keeps the others', async () => {
  const { write, worker } = server.clients
  const cache = createBlobCache({ client: worker, dir })
  const signal = AbortSignal.timeout(20_000)
  await cache.prune(0)
  const cached = async () => {
    const query = { purpose: 'dataset' as const, filename: 'a' }
    const file = await write.call(routes.putFile, { query, body: Buffer.from(unique('row')) })
    return { id: file.id, path: await cache.path(file.sha256, signal) }
  }
  const [kept, erased] = [await cached(), await cached()]
  await write.call(routes.eraseFile, { params: { id: erased.id } })
  await cache.dropRemoved(signal)
  expect([existsSync(kept.path), existsSync(erased.path)]).toEqual([true, false])
})

test('what is used is kept and does not look changed: the engine tells other bytes by the time of change', async () => {
  const cache = createBlobCache({ client: server.clients.worker, dir })
  const signal = AbortSignal.timeout(20_000)
  const query = { purpose: 'dataset' as const, filename: 'a' }
  const { sha256 } = await server.clients.write.call(routes.putFile, { query, body: Buffer.from(unique('row')) })
  const path = await cache.path(sha256, signal)
  const longAgo = new Date(0)
  await utimes(path, longAgo, longAgo)

  expect(await cache.path(sha256, signal)).toBe(path)
  expect((await stat(path)).mtime).toEqual(longAgo)
  await cache.prune(60_000)
  expect(existsSync(path)).toBe(true)
  await utimes(path, longAgo, longAgo)
  await cache.prune(60_000)
  expect(existsSync(path)).toBe(false)
})
