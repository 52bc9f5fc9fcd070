import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pino from 'pino'
import { createClient, type ForgeClient } from '../../server/client/client'
import { readConfig } from '../../server/config'
import type { Scope } from '../../server/contract/api-keys'
import type { JobStatus } from '../../server/contract/jobs'
import { hashKey, newKey } from '../../server/http/api-key'
import { dispatch } from '../../server/jobs/dispatcher'
import { followEvents } from '../../server/jobs/events'
import { listenForSignals } from '../../server/jobs/signals'
import { enforceLimits, loseExpiredLeases } from '../../server/jobs/watch'
import { openBroker, type JobBroker } from '../../server/queue/broker'
import { serve } from '../../server/serve'
import type { Db } from '../../server/storage/database'
import { newId } from '../../server/storage/new-id'
import { withDatabase } from './database'
import { startScriptedWorker, type ScriptedWorker, type WorkerOffer } from './scripted-worker'

export interface TestServer {
  url: string
  databaseUrl: string
  db: Db
  broker: JobBroker
  /** one client for each scope, all of the default project */
  clients: Record<Scope, ForgeClient>
  adminKey: string
  /** A client with these scopes; in a new project when one is named. */
  client(scopes: Scope[], project?: string): Promise<ForgeClient>
  worker(name: string, offer?: WorkerOffer): Promise<ScriptedWorker>
  /** Lets a lease run out now, and ends it as the server's watch does. */
  expire(lease: { job_id: string }): Promise<void>
  /** Makes the job's deadline or running time be over, and looks at the limits as the server's watch does. */
  enforceLimits(): Promise<void>
  /** One turn of the dispatcher, beside the server's own. */
  dispatch(): Promise<number>
  /** Resolves when the job has had an event `job.<status>`. */
  reached(jobId: string, status: JobStatus): Promise<void>
  /** Stops the server and starts it anew on the same database, folder and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * The real server in this process on a free port, with a database and a blob folder of its own. Leases last a minute
 * unless `environment` says otherwise, so that no test depends on the speed of the machine: `expire` ends them.
 * Call it in `beforeAll` with 60 s.
 */
export const startServer = async (environment: Record<string, string> = {}): Promise<TestServer> => {
  const database = await withDatabase()
  const { db, url: databaseUrl } = database
  const folder = await mkdtemp(join(tmpdir(), 'forge-server-'))
  const config = readConfig(
    {
      FORGE_PORT: '0',
      FORGE_DATA_DIR: folder,
      FORGE_LEASE_SECONDS: '60',
      FORGE_HEARTBEAT_SECONDS: '1',
      FORGE_METER: 'false',
      ...environment,
    },
    folder,
  )
  const keys = { admin: newKey(), worker: newKey() }
  const log = pino({ level: process.env['FORGE_TEST_LOG_LEVEL'] ?? 'silent' }, pino.destination(2))
  let running = await serve(config, databaseUrl, keys, log)
  const unexpected: Error[] = []
  const broker = openBroker(databaseUrl, (error) => unexpected.push(error))
  const signals = listenForSignals(databaseUrl, (error) => unexpected.push(error))
  const watch = { prices: config.prices, ...config.lease }
  const clientOf = (apiKey: string): ForgeClient => createClient({ baseUrl: running.url, apiKey })

  const client = async (scopes: Scope[], project = 'proj_default'): Promise<ForgeClient> => {
    const key = newKey()
    await db
      .insertInto('app.project')
      .values({ id: project, name: project })
      .onConflict((on) => on.doNothing())
      .execute()
    await db
      .insertInto('app.api_key')
      .values({ id: newId('apiKey'), project_id: project, name: scopes.join(' '), hash: hashKey(key), scopes })
      .execute()
    return clientOf(key)
  }
  const clients: Record<Scope, ForgeClient> = {
    admin: clientOf(keys.admin),
    worker: clientOf(keys.worker),
    read: await client(['read']),
    write: await client(['read', 'write']),
    generate: await client(['generate']),
    approve: await client(['read', 'approve']),
  }

  return {
    url: running.url,
    databaseUrl,
    db,
    broker,
    clients,
    adminKey: keys.admin,
    client,
    worker: (name, offer) => startScriptedWorker(clients.worker, name, offer),
    async expire({ job_id }) {
      await db
        .updateTable('app.job')
        .set({ lease_expires_at: sql<Date>`clock_timestamp() - interval '1 second'` })
        .where('id', '=', job_id)
        .execute()
      await loseExpiredLeases(db, watch)
    },
    enforceLimits: () => enforceLimits(db, watch),
    dispatch: () => dispatch(db, broker),
    async reached(jobId, status) {
      for await (const event of followEvents(db, signals, jobId, 0, AbortSignal.timeout(20_000))) {
        if (event !== 'idle' && event.name === `job.${status}`) return
      }
      throw new Error(`Job ${jobId} was never ${status}.`)
    },
    async restart() {
      const { port } = running
      await running.stop()
      running = await serve({ ...config, port }, databaseUrl, keys, log)
    },
    async stop() {
      await running.stop()
      await broker.close()
      await signals.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
      if (unexpected.length > 0) throw unexpected[0] ?? new Error('unknown')
    },
  }
}
