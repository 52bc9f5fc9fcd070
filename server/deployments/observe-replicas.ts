import { sql, type Selectable, type UpdateObject } from 'kysely'
import type { z } from 'zod'
import { ForgeError } from '../contract/errors'
import type { observedReplica, WantedReplica } from '../contract/workers'
import { cleanText } from '../storage/clean-text'
import type { Db, Tx } from '../storage/database'
import { emitEvent } from '../storage/sql/emit-event'
import { notify } from '../storage/sql/append-event'
import type { Tables } from '../storage/tables'
import { deploymentsChanged, lockDeployment, replicasChanged, switchTo } from './generations'
import { replicaSeconds } from './reconcile'

type Seen = Omit<z.infer<typeof observedReplica>, 'samples' | 'running'>
type ReplicaRow = Selectable<Tables['app.replica']>

/** Starts that may fail before a roll-out is given up. */
const allowedStarts = 3
const longestErrorChars = 2000

/**
 * Takes a worker's report and answers what it is to run. A new generation that is ready comes into service here; a
 * third failed start ends its roll-out and the generation before stays. Throws `worker_not_found`.
 */
export const observeReplicas = async (
  db: Db,
  workerId: string,
  observed: readonly Seen[],
): Promise<WantedReplica[]> => {
  const worker = await db
    .updateTable('app.worker')
    .set({ last_seen_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', workerId)
    .returning('id')
    .executeTakeFirst()
  if (!worker) throw new ForgeError('worker_not_found', { id: workerId })
  const rows = await db
    .selectFrom('app.replica')
    .selectAll()
    .where('worker_id', '=', workerId)
    .where('state', 'in', ['starting', 'ready', 'draining'])
    .orderBy('id')
    .execute()
  for (const row of rows) {
    const seen = observed.find(({ replica_id }) => replica_id === row.id)
    await db.transaction().execute((tx) => observeOne(tx, row, seen))
  }
  return await wantedReplicas(db, workerId)
}

const observeOne = async (tx: Tx, before: ReplicaRow, seen: Seen | undefined): Promise<void> => {
  // the deployment first, as the planner does: two orders would deadlock
  await lockDeployment(tx, before.deployment_id)
  const row = await tx.selectFrom('app.replica').selectAll().where('id', '=', before.id).forUpdate().executeTakeFirst()
  if (!row || row.state === 'gone' || row.state === 'failed') return
  if (seen === undefined) await notYetOrLost(tx, row)
  else if (seen.state === 'failed' && row.state !== 'draining') await failed(tx, row, seen)
  else if (seen.state === 'gone' || seen.state === 'failed')
    await setState(tx, row, { state: 'gone', expires_at: sql<Date>`clock_timestamp()` })
  else if (seen.state === 'ready' && seen.port !== null && row.state !== 'draining')
    await ready(tx, row, { ...seen, port: seen.port })
  else await keep(tx, row)
}

type ReplicaChange = UpdateObject<Tables, 'app.replica'>
const expiry = sql<Date>`clock_timestamp() + make_interval(secs => ${replicaSeconds})`

const keep = async (tx: Tx, row: ReplicaRow): Promise<void> => {
  await tx.updateTable('app.replica').set({ expires_at: expiry }).where('id', '=', row.id).execute()
}

const setState = async (tx: Tx, row: ReplicaRow, change: ReplicaChange): Promise<void> => {
  await tx.updateTable('app.replica').set(change).where('id', '=', row.id).execute()
  await notify(tx, deploymentsChanged)
  await notify(tx, replicasChanged)
}

/** The worker lives but does not speak of it: it has not heard of it yet, or it was started anew and lost it. */
const notYetOrLost = async (tx: Tx, row: ReplicaRow): Promise<void> => {
  if (row.state === 'starting') await keep(tx, row)
  else if (row.state === 'ready') await setState(tx, row, { state: 'starting', address: null, expires_at: expiry })
  else await setState(tx, row, { state: 'gone', expires_at: sql<Date>`clock_timestamp()` })
}

const ready = async (tx: Tx, row: ReplicaRow, seen: Seen & { port: number }): Promise<void> => {
  // a local worker's engines listen on loopback
  const address = `127.0.0.1:${String(seen.port)}`
  const token = seen.token ?? row.token
  const same =
    row.state === 'ready' && row.address === address && row.served_model === seen.served_model && row.token === token
  if (same) await keep(tx, row)
  else
    await setState(tx, row, {
      state: 'ready',
      address,
      token,
      served_model: seen.served_model,
      engine: seen.engine,
      error: null,
      expires_at: expiry,
    })
  if (row.state === 'ready') return
  const switched = await switchTo(tx, row.deployment_id, row.generation)
  if (!switched)
    await tx
      .updateTable('app.deployment_generation')
      .set({ failed_starts: 0, error: null })
      .where('deployment_id', '=', row.deployment_id)
      .where('generation', '=', row.generation)
      .where('state', '=', 'serving')
      .execute()
}

/** An engine that died or never started. A generation in service stays wanted; a roll-out ends at the third. */
const failed = async (tx: Tx, row: ReplicaRow, seen: Seen): Promise<void> => {
  const error = cleanText(seen.error ?? 'The engine failed without a message.').slice(0, longestErrorChars)
  await setState(tx, row, { state: 'failed', error, address: null, expires_at: sql<Date>`clock_timestamp()` })
  const generation = await tx
    .updateTable('app.deployment_generation')
    .set((eb) => ({ failed_starts: eb('failed_starts', '+', 1), error }))
    .where('deployment_id', '=', row.deployment_id)
    .where('generation', '=', row.generation)
    .returning(['failed_starts', 'state'])
    .executeTakeFirstOrThrow()
  if (generation.state !== 'rolling_out' || generation.failed_starts < allowedStarts) return
  await tx
    .updateTable('app.deployment_generation')
    .set({ state: 'failed' })
    .where('deployment_id', '=', row.deployment_id)
    .where('generation', '=', row.generation)
    .execute()
  const { project_id, name, on_demand } = await tx
    .selectFrom('app.deployment')
    .select(['project_id', 'name', 'on_demand'])
    .where('id', '=', row.deployment_id)
    .executeTakeFirstOrThrow()
  if (on_demand) return
  const { deployment_id, generation: number } = row
  await emitEvent(tx, project_id, 'deployment.failed', { deployment_id, name, generation: number, error })
}

/** What the worker is to run now, with the pinned model and a token for each. */
const wantedReplicas = async (db: Tx, workerId: string): Promise<WantedReplica[]> => {
  const rows = await db
    .selectFrom('app.replica as r')
    .innerJoin('app.deployment_generation as g', (join) =>
      join.onRef('g.deployment_id', '=', 'r.deployment_id').onRef('g.generation', '=', 'r.generation'),
    )
    .select(['r.id', 'r.deployment_id', 'r.generation', 'r.token', 'r.state', 'g.model_ref'])
    .where('r.worker_id', '=', workerId)
    .where('r.state', 'in', ['starting', 'ready', 'draining'])
    .orderBy('r.id')
    .execute()
  return rows.map((row) => ({
    replica_id: row.id,
    deployment_id: row.deployment_id,
    generation: row.generation,
    model: row.model_ref,
    token: row.token,
    drain: row.state === 'draining',
  }))
}

/** Whether the worker runs exactly what is wanted: the answer to a held report may wait for `workerChanged`. */
export const isSettled = (wanted: readonly WantedReplica[], observed: readonly Seen[]): boolean =>
  wanted.length === observed.length &&
  wanted.every(({ replica_id, drain }) =>
    observed.some((seen) => seen.replica_id === replica_id && (seen.state === 'draining') === drain),
  )
