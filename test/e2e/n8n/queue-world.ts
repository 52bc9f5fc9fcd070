import type { N8nProcess } from '../../../scripts/n8n/start.mjs'
import { startFlowWorld, type FlowWorld } from './flow-world'
import { startRedis } from './queue-redis'

/** A real n8n in queue mode: the main takes calls, a worker runs the executions, Redis is between them. */
export interface QueueWorld {
  /** n8n's main, and a real Forge */
  flows: FlowWorld
  /** the newest one */
  worker(): N8nProcess
  /** Starts another one; the one before must have ended. */
  startWorker(): Promise<void>
  stop(): Promise<void>
}

/** Starts all of it, with one worker. Call it in `beforeAll`; takes somewhat more than a minute. */
export const startQueueWorld = async (redisProgram: string): Promise<QueueWorld> => {
  /** What has started, the last first: the next one may not. */
  const started: { stop: () => Promise<unknown> }[] = []
  const stop = async (): Promise<void> => {
    for (const each of started) await each.stop()
  }
  try {
    const redis = await startRedis(redisProgram)
    started.unshift(redis)
    const flows = await startFlowWorld(
      {},
      {
        EXECUTIONS_MODE: 'queue',
        QUEUE_BULL_REDIS_HOST: '127.0.0.1',
        QUEUE_BULL_REDIS_PORT: String(redis.port),
        OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
      },
    )
    started.unshift(flows)
    let worker = await flows.n8n.startWorker()
    started.unshift({ stop: () => worker.stop() })
    return {
      flows,
      worker: () => worker,
      async startWorker() {
        worker = await flows.n8n.startWorker()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
