import { randomUUID } from 'node:crypto'
import { createPostgresBackend, runMigrations, withBackend, type PostgresConnectionOptions } from 'bullmq'
import { Pool, type Client } from 'pg'
import type { ResourceClass } from '../contract/jobs'

/** What a ticket says: this job waits to be run, dispatched for the n-th time. */
export interface Ticket {
  jobId: string
  dispatchNo: number
}

/**
 * Hands out tickets: at least once, by priority. The truth about a job is in `app.job`; a ticket whose job is no
 * longer queued is dropped by whoever takes it. The seam for another broker.
 */
export interface JobBroker {
  /** Adding a ticket that is known changes nothing. */
  add(resourceClass: ResourceClass, ticket: Ticket, options: { priority: number }): Promise<void>
  /** The next ticket, or null. It must be given to `done` soon: after 15 s without, another taker gets it. */
  take(resourceClass: ResourceClass): Promise<TakenTicket | null>
  waiting(resourceClass: ResourceClass): Promise<number>
  has(resourceClass: ResourceClass, ticket: Ticket): Promise<boolean>
  close(): Promise<void>
}
export interface TakenTicket extends Ticket {
  done(): Promise<void>
}

const { Queue, Worker } = withBackend(createPostgresBackend)
type TicketData = { jobId: string }

/** The broker's own migrations, for `storage/migrate`. */
export const brokerMigrations = async (client: Client): Promise<void> => {
  await runMigrations(client)
}

const ticketId = ({ jobId, dispatchNo }: Ticket): string => `${jobId}-${String(dispatchNo)}`

/**
 * BullMQ on its PostgreSQL backend; one queue and one manual worker per resource class, made when first used.
 * `lockMs` is how long a taken ticket may wait for its `done` before another taker gets it; default 15 s.
 */
export const openBroker = (
  url: string,
  onError: (error: Error) => void,
  { lockMs = 15_000 }: { lockMs?: number } = {},
): JobBroker => {
  // BullMQ's names are unqualified: the search path decides which schema they mean
  const pool = new Pool({
    connectionString: url,
    max: 8,
    keepAlive: true,
    options: '-c search_path=bullmq,public',
    application_name: 'forge-broker',
  })
  pool.on('error', onError)
  // a connection that is lost while in use would end the process; its query tells of the loss
  pool.on('connect', (client) => client.on('error', () => undefined))
  // BullMQ types its pool with an index signature that pg's lacks
  const connection = pool as Pool & Record<string, unknown> as PostgresConnectionOptions
  const open = (name: ResourceClass) => {
    const queue = new Queue<TicketData>(name, {
      connection,
      defaultJobOptions: { attempts: 1, removeOnComplete: { age: 3600, count: 1000 }, removeOnFail: { age: 3600 } },
    })
    const worker = new Worker<TicketData>(name, null, {
      connection,
      autorun: false,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 1000,
    })
    queue.on('error', onError)
    worker.on('error', onError)
    // recovers tickets between take and done of a server that died; jobs themselves are watched by their leases
    void worker.startStalledCheckTimer().catch(onError)
    return { queue, worker }
  }
  const opened = new Map<ResourceClass, ReturnType<typeof open>>()
  const of = (name: ResourceClass): ReturnType<typeof open> => {
    let entry = opened.get(name)
    if (!entry) opened.set(name, (entry = open(name)))
    return entry
  }

  return {
    async add(resourceClass, ticket, { priority }) {
      await of(resourceClass).queue.add('ticket', { jobId: ticket.jobId }, { jobId: ticketId(ticket), priority })
    },
    async take(resourceClass) {
      const token = randomUUID()
      const { worker } = of(resourceClass)
      // BullMQ's types promise a job; there is none when the queue is empty
      const job = (await worker.getNextJob(token, { block: false })) as
        | Awaited<ReturnType<typeof worker.getNextJob>>
        | undefined
      if (!job) return null
      const id = job.id ?? ''
      return {
        jobId: job.data.jobId,
        dispatchNo: Number(id.slice(id.lastIndexOf('-') + 1)),
        done: async () => {
          await job.moveToCompleted(null, token, false)
        },
      }
    },
    async waiting(resourceClass) {
      const counts = await of(resourceClass).queue.getJobCounts('waiting', 'prioritized', 'delayed')
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
    async has(resourceClass, ticket) {
      const state = await of(resourceClass).queue.getJobState(ticketId(ticket))
      return state !== 'unknown' && state !== 'completed' && state !== 'failed'
    },
    async close() {
      for (const { queue, worker } of opened.values()) await Promise.all([queue.close(), worker.close()])
      await pool.end()
    },
  }
}
