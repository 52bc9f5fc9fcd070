import { randomBytes } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDatabase } from '../../../scripts/n8n/database.mjs'
import { installN8n, installNodes } from '../../../scripts/n8n/install.mjs'
import { openN8n, type N8nRest } from '../../../scripts/n8n/rest.mjs'
import { freePort, startN8n, startN8nWorker, type N8nProcess, type RunningN8n } from '../../../scripts/n8n/start.mjs'

/** A real n8n with Forge's packed nodes in it, on its own database; it can be killed and started again. */
export interface N8nWorld {
  n8n: RunningN8n
  rest: N8nRest
  /** Starts it again on the same folder, database and port. */
  restart: () => Promise<void>
  /** Starts a worker beside it, in a folder of its own; in queue mode only. Who starts one ends it before `stop`. */
  startWorker: () => Promise<N8nProcess>
  stop: () => Promise<void>
}

export const owner = { email: 'owner@forge.localhost', password: 'Forge-e2e-2026' }

/** Takes about half a minute once n8n is installed, five minutes more the first time. */
export const startN8nWorld = async (environment: Record<string, string> = {}): Promise<N8nWorld> => {
  await installN8n()
  const folder = mkdtempSync(join(tmpdir(), 'forge-n8n-'))
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'user'))
  await installNodes(join(folder, 'user'))
  const database = await startDatabase(join(folder, 'postgres'))
  const options = {
    folder: join(folder, 'user'),
    port: await freePort(),
    databaseUrl: database.url,
    encryptionKey: randomBytes(16).toString('hex'),
    environment,
  }
  const n8n = await startN8n(options)
  const world: N8nWorld = {
    n8n,
    rest: await openN8n(n8n.url, owner),
    async restart() {
      world.n8n = await startN8n(options)
      world.rest = await openN8n(world.n8n.url, owner)
    },
    startWorker() {
      const own = mkdtempSync(join(folder, 'worker-'))
      // as it would be on another machine: it has the nodes, and nothing else of the main's folder
      cpSync(join(options.folder, '.n8n', 'nodes'), join(own, '.n8n', 'nodes'), { recursive: true })
      return startN8nWorker({ ...options, folder: own })
    },
    async stop() {
      await world.n8n.stop()
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return world
}
