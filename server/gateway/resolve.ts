import { ForgeError } from '../contract/errors'
import type { DeploymentPort } from './ports'
import type { KnownName, ReplicaTable, TakenReplica } from './replica-table'

export interface Call {
  projectId: string
  name: string
  forJob: boolean
}
/** Where a call goes. */
export type Destination = Pick<KnownName, 'deploymentId' | 'canary'>

/** The deployment behind a name; from memory while it has a ready replica, else from the database. Throws ForgeError. */
export const resolveCall = async (
  { table, deployments }: { table: ReplicaTable; deployments: DeploymentPort },
  call: Call,
): Promise<Destination> => {
  const known = table.find(call.projectId, call.name)
  return known && (known.released || call.forJob) ? known : await deployments.resolveTarget(call)
}

export interface Hold {
  /** `performance.now()` after which nobody waits any longer */
  until: number
  /** engines that were tried and did not answer */
  except: ReadonlySet<string>
  /** the client's connection */
  signal: AbortSignal
}

/**
 * A ready replica; while the deployment sleeps or starts, the request is held. Throws `no_replica` when its start
 * failed or the time is over, and the signal's reason when the client went away.
 */
export const takeReplica = async (
  { table, deployments }: { table: ReplicaTable; deployments: DeploymentPort },
  { deploymentId }: Destination,
  name: string,
  hold: Hold,
): Promise<TakenReplica> => {
  for (;;) {
    hold.signal.throwIfAborted()
    // before looking, so that a reload in between is seen
    const left = new AbortController()
    const timer = setTimeout(() => left.abort(), Math.max(0, hold.until - performance.now()))
    const change = table.changed(AbortSignal.any([hold.signal, left.signal])).then(
      () => true,
      () => false,
    )
    try {
      const replica = table.take(deploymentId, hold.except)
      if (replica) return replica
      const problem = await deployments.startProblem(deploymentId)
      if (problem !== null) throw new ForgeError('no_replica', { model: name, reason: problem })
      if (!(await change) && !hold.signal.aborted)
        throw new ForgeError('no_replica', { model: name, reason: 'it did not start in time' })
    } finally {
      clearTimeout(timer)
      left.abort()
    }
  }
}
