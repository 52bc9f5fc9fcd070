/** What the gateway needs to know about deployments; `deployments/resolve-target.ts` offers it. */
export interface DeploymentPort {
  /** The deployment that answers to `name`, woken or made if need be. Throws ForgeError. */
  resolveTarget(call: { projectId: string; name: string; forJob: boolean }): Promise<{ deploymentId: string }>
  /** Why waiting for a replica is in vain; null while it is not. */
  startProblem(deploymentId: string): Promise<string | null>
  /** Notes that these were called just now: they are not idle. */
  touch(deploymentIds: readonly string[]): Promise<void>
}

/** A wait that a signal ends early. */
export interface Waiter {
  wait(keys: readonly string[], ms: number, stop?: AbortSignal): Promise<void>
}
