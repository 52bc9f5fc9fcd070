import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import type { Collected } from '../storage/collect-blobs'
import type { Db } from '../storage/database'

const registry = new Registry()
collectDefaultMetrics({ register: registry, prefix: 'forge_' })
const jobs = new Gauge({
  name: 'forge_jobs',
  help: 'Jobs by kind and status',
  labelNames: ['kind', 'status'],
  registers: [registry],
})
const workers = new Gauge({
  name: 'forge_workers',
  help: 'Workers seen in the last two minutes',
  registers: [registry],
})
const joules = new Gauge({
  name: 'forge_energy_joules_total',
  help: 'Energy charged, by kind of work and method',
  labelNames: ['kind', 'method'],
  registers: [registry],
})

const collectedBlobs = new Counter({
  name: 'forge_collected_blobs_total',
  help: 'Blobs without a name that this server removed',
  registers: [registry],
})
const collectedBytes = new Counter({
  name: 'forge_collected_bytes_total',
  help: 'Bytes of the blobs that this server removed',
  registers: [registry],
})
const sweptUploads = new Counter({
  name: 'forge_swept_uploads_total',
  help: 'Files of abandoned uploads that this server removed',
  registers: [registry],
})

/** Adds one turn of the collector to the counters. */
export const countCollected = ({ removed, bytes, swept }: Collected): void => {
  collectedBlobs.inc(removed)
  collectedBytes.inc(bytes)
  sweptUploads.inc(swept)
}

/** Prometheus text; what is no counter of this process is read from the database, so every server tells the same. */
export const renderMetrics = async (db: Db): Promise<string> => {
  const [byStatus, seen, energy] = await Promise.all([
    db
      .selectFrom('app.job')
      .select(({ fn }) => ['kind', 'status', fn.countAll<number>().as('count')])
      .groupBy(['kind', 'status'])
      .execute(),
    db
      .selectFrom('app.worker')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('last_seen_at', '>', new Date(Date.now() - 120_000))
      .executeTakeFirstOrThrow(),
    db
      .selectFrom('app.ledger_entry')
      .select(({ fn }) => ['kind', 'method', fn.sum<number>('energy_joules').as('joules')])
      .groupBy(['kind', 'method'])
      .execute(),
  ])
  jobs.reset()
  for (const { kind, status, count } of byStatus) jobs.set({ kind, status }, count)
  workers.set(seen.count)
  joules.reset()
  for (const row of energy) joules.set({ kind: row.kind, method: row.method ?? 'none' }, row.joules)
  return await registry.metrics()
}
