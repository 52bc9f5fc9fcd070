import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { notify } from '../storage/sql/append-event'
import { deploymentsChanged, replicasChanged, workerChanged } from './generations'
import { planReplicas, type Observed, type ReplicaPlan } from './plan-replicas'
import { sleepIdle } from './sleep-idle'

/** Seconds that a replica lives without being heard of; each report sets it anew. */
export const replicaSeconds = 30

export interface ReconcileOptions {
  /** how long a replaced replica may finish what it began; 60 by default */
  drainSeconds?: number
}

// several servers plan; two at once would start a replica each
const planLock = 8_470_002

/** Compares wanted and observed replicas and writes the difference, in one transaction. Returns what changed. */
export const reconcileReplicas = (db: Db, { drainSeconds = 60 }: ReconcileOptions = {}): Promise<ReplicaPlan> =>
  db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${planLock})`.execute(tx)
    const observed = await look(tx)
    const plan = planReplicas(observed, drainSeconds * 1000)
    await carryOut(tx, plan, observed)
    return plan
  })

const look = async (tx: Tx): Promise<Observed> => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
  // locked: a deployment that is stopped or put to sleep meanwhile would get a replica that nobody wants
  const deployments = await tx
    .selectFrom('app.deployment')
    .select(['id', 'wanted', 'asleep', 'generation', 'serving_generation'])
    .orderBy('id')
    .forUpdate()
    .execute()
  const generations = await tx
    .selectFrom('app.deployment_generation')
    .select(['deployment_id', 'generation', 'state', 'failed_starts'])
    .where('state', 'in', ['rolling_out', 'serving'])
    .execute()
  const replicas = await tx
    .selectFrom('app.replica')
    .select(['id', 'deployment_id', 'generation', 'worker_id', 'state', 'expires_at', 'drain_until'])
    .where((eb) =>
      eb.or([
        eb('state', 'not in', ['gone', 'failed']),
        eb('expires_at', '>', sql<Date>`clock_timestamp() - interval '10 minutes'`),
      ]),
    )
    .orderBy('id')
    .execute()
  const workers = await tx
    .selectFrom('app.worker')
    .select(['id', 'draining'])
    .where('last_seen_at', '>', sql<Date>`clock_timestamp() - interval '1 minute'`)
    // an array is compared as a whole; `&&` asks for one class in common
    .where(sql<boolean>`classes && array['light', 'cpu']`)
    .orderBy('id')
    .execute()
  return { now: rows[0]?.now ?? new Date(), generations, deployments, replicas, workers }
}

const carryOut = async (tx: Tx, plan: ReplicaPlan, { replicas }: Observed): Promise<void> => {
  const touched = new Set(plan.start.map(({ worker_id }) => worker_id))
  const remember = (id: string): unknown => touched.add(replicas.find((replica) => replica.id === id)?.worker_id ?? id)
  for (const replica of plan.start) {
    await tx
      .insertInto('app.replica')
      .values({
        id: newId('replica'),
        ...replica,
        state: 'starting',
        address: null,
        served_model: null,
        error: null,
        token: randomBytes(32).toString('base64url'),
        expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${replicaSeconds})`,
      })
      .execute()
  }
  for (const { id, until } of plan.drain) {
    await tx.updateTable('app.replica').set({ state: 'draining', drain_until: until }).where('id', '=', id).execute()
    remember(id)
  }
  if (plan.gone.length > 0) {
    await tx
      .updateTable('app.replica')
      .set({ state: 'gone', expires_at: sql<Date>`clock_timestamp()` })
      .where('id', 'in', plan.gone)
      .execute()
    plan.gone.forEach(remember)
  }
  for (const workerId of touched) await notify(tx, workerChanged(workerId))
  if (touched.size > 0) await notify(tx, replicasChanged)
}

/** What the loop needs of the signals: a wait that ends early. */
export interface Waiter {
  wait(keys: readonly string[], ms: number, stop?: AbortSignal): Promise<void>
}
export interface ReconcilerOptions extends ReconcileOptions {
  db: Db
  signals: Waiter
  /** deployments that answer a request on this server right now */
  busy?: () => readonly string[]
  onError: (error: Error) => void
  stop: AbortSignal
}

/** Puts idle deployments to sleep and reconciles, at every change and at least every 2 s, until `stop`. */
export const runReconciler = async ({
  db,
  signals,
  busy = () => [],
  onError,
  stop,
  ...options
}: ReconcilerOptions): Promise<void> => {
  while (!stop.aborted) {
    // listening begins before looking: a change in between is not slept through
    const next = signals.wait([deploymentsChanged], 2000, stop)
    try {
      await sleepIdle(db, { busy: busy() })
      await reconcileReplicas(db, options)
    } catch (error) {
      onError(error as Error)
    }
    await next
  }
}
