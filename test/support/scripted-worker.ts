import { createHash, randomUUID } from 'node:crypto'
import type { ForgeClient } from '../../server/client/client'
import type { ErrorCode } from '../../server/contract/errors'
import type { Resources, WorkerClass } from '../../server/contract/jobs'
import type { Artifact } from '../../server/contract/models'
import { routes } from '../../server/contract/routes'
import type { Reply } from '../../server/contract/route'
import type { Heartbeat, KeptCheckpoint, Lease, Outputs } from '../../server/contract/workers'

export interface WorkerOffer {
  resources?: Partial<Resources>
  classes?: WorkerClass[]
}
type Settled = Reply<typeof routes.completeLease>

/** A worker whose every step the test says: it speaks to the server as the real one does and computes nothing. */
export interface ScriptedWorker {
  id: string
  client: ForgeClient
  /** Asks once; null when nothing waits. */
  ask(): Promise<Lease | null>
  /** Waits until it is given a job. */
  take(): Promise<Lease>
  heartbeat(lease: Lease, report?: Heartbeat): Promise<Reply<typeof routes.leaseHeartbeat>>
  checkpoint(lease: Lease, step: number, artifacts?: Artifact[]): Promise<unknown>
  upload(lease: Lease, name: string, text: string): Promise<Artifact>
  /** Without outputs: those of a sleep. */
  complete(lease: Lease, outputs?: Outputs): Promise<Settled>
  fail(lease: Lease, code: ErrorCode | 'worker_stopped', message?: string): Promise<Settled>
  paused(lease: Lease): Promise<Settled>
  /** Registers again as the same or as a new process, holding these checkpoints. Returns the jobs to forget. */
  register(boot?: string, kept?: KeptCheckpoint[]): Promise<string[]>
}

const plenty: Resources = { cpus: 8, memory_bytes: 32 * 1024 ** 3, gpus: 0, gpu_memory_bytes: 0, labels: {} }

export const startScriptedWorker = async (
  client: ForgeClient,
  name: string,
  offer: WorkerOffer = {},
): Promise<ScriptedWorker> => {
  const resources = { ...plenty, ...offer.resources }
  const classes: WorkerClass[] = offer.classes ?? ['cpu', 'light']
  const register = (boot: string, kept: KeptCheckpoint[] = []): Promise<Reply<typeof routes.registerWorker>> =>
    client.call(routes.registerWorker, {
      body: { name, boot_id: boot, resources, classes, kept_checkpoints: kept },
    })
  const { id } = await register(randomUUID())
  const ask = async (waitSeconds: number): Promise<Lease | null> =>
    (
      await client.call(routes.leaseJob, {
        params: { id },
        body: { free: resources, classes, wait_seconds: waitSeconds },
      })
    ).lease
  const of = (lease: Lease) => ({ params: { id: lease.id } })

  return {
    id,
    client,
    ask: () => ask(0),
    async take() {
      const lease = await ask(15)
      if (!lease) throw new Error(`Worker ${name} was given no job.`)
      return lease
    },
    heartbeat: (lease, report = {}) => client.call(routes.leaseHeartbeat, { ...of(lease), body: report }),
    checkpoint: (lease, step, artifacts = []) =>
      client.call(routes.reportCheckpoint, { ...of(lease), body: { step, artifacts } }),
    async upload(lease, artifactName, text) {
      const body = Buffer.from(text)
      const sha256 = createHash('sha256').update(body).digest('hex')
      await client.call(routes.putArtifact, {
        params: { id: lease.id, sha256 },
        query: { offset: 0, total: body.length },
        body,
      })
      return { name: artifactName, sha256, bytes: body.length }
    },
    complete: (lease, outputs = { kind: 'sleep', slept_seconds: 0 }) =>
      client.call(routes.completeLease, { ...of(lease), body: { outputs } }),
    fail: (lease, code, message = 'as the test says') =>
      client.call(routes.failLease, { ...of(lease), body: { code, message } }),
    paused: (lease) => client.call(routes.pausedLease, { ...of(lease), body: {} }),
    register: async (boot = randomUUID(), kept = []) => (await register(boot, kept)).forget_checkpoints,
  }
}
