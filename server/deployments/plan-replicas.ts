import type { ReplicaState } from '../contract/deployments'

export interface PlannedDeployment {
  id: string
  wanted: 'running' | 'stopped'
  asleep: boolean
  generation: number
  serving_generation: number | null
}
export interface PlannedGeneration {
  deployment_id: string
  generation: number
  state: 'rolling_out' | 'serving' | 'retired' | 'failed'
  failed_starts: number
}
export interface PlannedReplica {
  id: string
  deployment_id: string
  generation: number
  worker_id: string
  state: ReplicaState
  expires_at: Date
  drain_until: Date | null
}
/** A worker that was heard of lately and can serve. */
export interface PlannedWorker {
  id: string
  draining: boolean
}

export interface Observed {
  now: Date
  deployments: readonly PlannedDeployment[]
  /** those that roll out or serve */
  generations: readonly PlannedGeneration[]
  /** all that are not gone; failed ones of the last minutes */
  replicas: readonly PlannedReplica[]
  workers: readonly PlannedWorker[]
}
export interface ReplicaPlan {
  start: { deployment_id: string; generation: number; worker_id: string }[]
  drain: { id: string; until: Date }[]
  /** ids of replicas that nobody needs or hears of any more */
  gone: string[]
}

/** Longest pause between two starts of a generation that was in service and now fails to start. */
const longestPauseMs = 60_000

/**
 * What to change so that every wanted generation has one replica: the newest while it rolls out, and the serving one.
 * A retired generation's replica drains for `drainMs`; that of a sleeping deployment goes at once.
 */
export const planReplicas = (
  { now, deployments, generations, replicas, workers }: Observed,
  drainMs: number,
): ReplicaPlan => {
  const plan: ReplicaPlan = { start: [], drain: [], gone: [] }
  const alive = replicas.filter(({ id, state, expires_at, drain_until }) => {
    if (state === 'failed' || state === 'gone') return false
    const over = expires_at <= now || (state === 'draining' && drain_until !== null && drain_until <= now)
    if (over) plan.gone.push(id)
    return !over
  })
  const load = new Map(workers.map(({ id }) => [id, alive.filter(({ worker_id }) => worker_id === id).length]))
  const open = workers.filter(({ draining }) => !draining)
  const isOpen = (replica: PlannedReplica): boolean => open.some(({ id }) => id === replica.worker_id)
  const wanted = generations.filter((generation) => isWanted(generation, deployments))

  for (const generation of wanted) {
    const own = alive.filter((replica) => isOf(replica, generation) && replica.state !== 'draining')
    const staying = own.filter(isOpen)
    if (staying.length === 0 && !mustPause(generation, replicas, now)) {
      const worker = [...open]
        .sort((left, right) => (load.get(left.id) ?? 0) - (load.get(right.id) ?? 0))
        .sort((left, right) => had(right, generation, replicas) - had(left, generation, replicas))[0]
      if (worker) {
        plan.start.push({
          deployment_id: generation.deployment_id,
          generation: generation.generation,
          worker_id: worker.id,
        })
        load.set(worker.id, (load.get(worker.id) ?? 0) + 1)
      }
    }
    // a worker that drains keeps serving until another one answers
    if (staying.some(({ state }) => state === 'ready'))
      for (const replica of own)
        if (!isOpen(replica)) plan.drain.push({ id: replica.id, until: new Date(now.getTime() + drainMs) })
  }

  for (const replica of alive) {
    if (replica.state === 'draining' || wanted.some((generation) => isOf(replica, generation))) continue
    const asleep = deployments.some(({ id, asleep }) => id === replica.deployment_id && asleep)
    plan.drain.push({ id: replica.id, until: asleep ? now : new Date(now.getTime() + drainMs) })
  }
  return plan
}

const isOf = (replica: PlannedReplica, generation: PlannedGeneration): boolean =>
  replica.deployment_id === generation.deployment_id && replica.generation === generation.generation

const isWanted = (
  { deployment_id, generation, state }: PlannedGeneration,
  deployments: readonly PlannedDeployment[],
): boolean =>
  deployments.some(
    (deployment) =>
      deployment.id === deployment_id &&
      deployment.wanted === 'running' &&
      !deployment.asleep &&
      (deployment.serving_generation === generation ||
        (deployment.generation === generation && state === 'rolling_out')),
  )

/** 1 when the worker had a replica of this deployment: the weights are in its cache. */
const had = (
  worker: PlannedWorker,
  { deployment_id }: PlannedGeneration,
  replicas: readonly PlannedReplica[],
): number =>
  replicas.some(
    (replica) =>
      replica.worker_id === worker.id && replica.deployment_id === deployment_id && replica.state !== 'failed',
  )
    ? 1
    : 0

/** A roll-out tries again at once, three times in all; what was in service is tried for ever, with growing pauses. */
const mustPause = (generation: PlannedGeneration, replicas: readonly PlannedReplica[], now: Date): boolean => {
  if (generation.state === 'rolling_out' || generation.failed_starts === 0) return false
  // a failed replica expired when it failed
  const failures = replicas
    .filter((replica) => isOf(replica, generation) && replica.state === 'failed')
    .map(({ expires_at }) => expires_at.getTime())
  const pauseMs = Math.min(longestPauseMs, 1000 * 2 ** generation.failed_starts)
  return failures.length > 0 && Math.max(...failures) + pauseMs > now.getTime()
}
