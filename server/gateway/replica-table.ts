import { EventEmitter, once } from 'node:events'
import { sql } from 'kysely'
import type { Db } from '../storage/database'
import type { Waiter } from './ports'

/** An engine that answers for a deployment now. */
export interface ReadyReplica {
  id: string
  deploymentId: string
  /** host:port */
  address: string
  /** bearer token that the engine demands */
  token: string
  /** name the engine knows the model by */
  servedModel: string
  /** model id or base name behind it, for the ledger */
  model: string
}

/** Changes when the engine behind a replica is started anew: what did not answer before may then be asked again. */
export const engineKey = ({ id, address, token }: ReadyReplica): string => `${id} ${address} ${token}`

/** What a name leads to without asking the database. */
export interface KnownName {
  deploymentId: string
  /** false: the model failed its last gate or the project demands a deployment; only jobs may call it */
  released: boolean
  /** what answers a share of its calls */
  canary?: { deploymentId: string; weight: number }
}

export interface ReplicaTable {
  /** By deployment name, or by the model id or base name that an on-demand deployment serves. */
  find(projectId: string, name: string): KnownName | undefined
  /** The ready replica, but for those engines, with the fewest running requests of this process; counts one more until `release`. */
  take(deploymentId: string, except?: ReadonlySet<string>): TakenReplica | undefined
  /** Deployments with a running request in this process. */
  busy(): string[]
  reload(): Promise<void>
  /** Resolves at the next reload. Rejects when `stop` aborts. */
  changed(stop: AbortSignal): Promise<void>
  close(): Promise<void>
}
export interface TakenReplica extends ReadyReplica {
  release(): void
}

const onDemandPrefix = 'on-demand:'
const pollMs = 2000

/** Keeps the ready replicas in memory: loaded anew at every signal `replicas` and every 2 s. */
export const openReplicaTable = ({
  db,
  signals,
  onError,
}: {
  db: Db
  signals: Waiter
  onError: (error: Error) => void
}): ReplicaTable => {
  const reloads = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()
  const running = new Map<string, number>()
  const busy = new Map<string, number>()
  let byDeployment = new Map<string, ReadyReplica[]>()
  let byName = new Map<string, KnownName>()
  let loading: Promise<void> | null = null
  let loadAgain: Promise<void> | null = null

  const load = async (): Promise<void> => {
    const rows = await readReady(db)
    const deployments = new Map<string, ReadyReplica[]>()
    const names = new Map<string, KnownName>()
    for (const { project_id, name, gate, on_demand, require_deployment, canaryId, canaryWeight, ...replica } of rows) {
      deployments.set(replica.deploymentId, [...(deployments.get(replica.deploymentId) ?? []), replica])
      const called = on_demand ? name.slice(onDemandPrefix.length) : name
      names.set(nameKey(project_id, called), {
        deploymentId: replica.deploymentId,
        released: !on_demand || (gate !== 'failed' && !require_deployment),
        ...(canaryId === null || canaryWeight === null
          ? {}
          : { canary: { deploymentId: canaryId, weight: canaryWeight } }),
      })
    }
    byDeployment = deployments
    byName = names
    reloads.emit('reload')
  }
  // a reload that is asked for while one runs must see what was written since: it runs after that one
  const reload = (): Promise<void> => {
    if (loading === null) return (loading = load().finally(() => (loading = null)))
    return (loadAgain ??= loading
      .catch(() => undefined)
      .then(() => {
        loadAgain = null
        return reload()
      }))
  }
  const follow = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      // listening begins before looking: a change in between is not missed
      const next = signals.wait(['replicas'], pollMs, closing.signal)
      await reload().catch(onError)
      await next
    }
  }
  const following = follow()

  return {
    find: (projectId, name) => byName.get(nameKey(projectId, name)),
    take(deploymentId, except = new Set()) {
      const free = (byDeployment.get(deploymentId) ?? []).filter((replica) => !except.has(engineKey(replica)))
      const [replica] = free.sort((left, right) => (running.get(left.id) ?? 0) - (running.get(right.id) ?? 0))
      if (!replica) return undefined
      add(running, replica.id, 1)
      add(busy, deploymentId, 1)
      let taken = true
      const release = (): void => {
        if (!taken) return
        taken = false
        add(running, replica.id, -1)
        add(busy, deploymentId, -1)
      }
      return { ...replica, release }
    },
    busy: () => [...busy.keys()],
    reload,
    async changed(stop) {
      await once(reloads, 'reload', { signal: stop })
    },
    async close() {
      closing.abort()
      await following
    },
  }
}

const nameKey = (projectId: string, name: string): string => `${projectId}\n${name}`

const add = (counts: Map<string, number>, key: string, change: number): void => {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

/** Of the model; a checkpoint is no row there, and its verdict is that of the last evaluation of its artifacts. */
const gateOf = sql<
  'passed' | 'failed' | null
>`coalesce(m.gate, case when m.id is null and g.artifact_hash is not null then (
  select case when e.passed then 'passed' else 'failed' end from app.evaluation e
  where e.project_id = d.project_id and e.artifact_hash = g.artifact_hash order by e.id desc limit 1
) end)`

const readReady = (db: Db) =>
  db
    .selectFrom('app.replica as r')
    .innerJoin('app.deployment as d', (join) =>
      join.onRef('d.id', '=', 'r.deployment_id').onRef('d.serving_generation', '=', 'r.generation'),
    )
    .innerJoin('app.deployment_generation as g', (join) =>
      join.onRef('g.deployment_id', '=', 'r.deployment_id').onRef('g.generation', '=', 'r.generation'),
    )
    .innerJoin('app.project as p', 'p.id', 'd.project_id')
    .leftJoin('app.model as m', 'm.id', 'g.model')
    .select([
      'r.id',
      'r.deployment_id as deploymentId',
      'r.token',
      'd.project_id',
      'd.name',
      'd.on_demand',
      'd.canary_deployment_id as canaryId',
      'd.canary_weight as canaryWeight',
      'g.model',
      'p.require_deployment',
    ])
    .select((eb) => [
      gateOf.as('gate'),
      eb.ref('r.address').$notNull().as('address'),
      eb.ref('r.served_model').$notNull().as('servedModel'),
    ])
    .where('r.state', '=', 'ready')
    .where('r.address', 'is not', null)
    .where('r.served_model', 'is not', null)
    .where('r.expires_at', '>', sql<Date>`clock_timestamp()`)
    .where('d.wanted', '=', 'running')
    .where('d.asleep', '=', false)
    .orderBy('r.id')
    .execute()
