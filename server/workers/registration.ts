import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { ForgeClient } from '../client/client'
import type { Resources, WorkerClass } from '../contract/jobs'
import { routes } from '../contract/routes'
import type { registered } from '../contract/workers'
import type { LocalCheckpoints } from './local-checkpoints'
import { backOff } from './retry'
import type { WorkerLog } from './worker-log'

export type Registered = z.infer<typeof registered>

export interface Registration {
  current(): Registered
  /** Registers again, unless somebody did since `lost` was the id; all who ask at once get the same answer. */
  renew(lost: string): Promise<void>
}

/** Registers the worker and tries until it succeeds; throws only the signal's reason. */
export const register = async ({
  client,
  name,
  resources,
  classes,
  checkpoints,
  log,
  signal,
}: {
  client: ForgeClient
  name: string
  resources: Resources
  classes: WorkerClass[]
  checkpoints: LocalCheckpoints
  log: WorkerLog
  signal: AbortSignal
}): Promise<Registration> => {
  const bootId = randomUUID()
  const once = async (): Promise<Registered> => {
    const pauses = backOff(500, 15_000)
    for (;;) {
      signal.throwIfAborted()
      try {
        const kept_checkpoints = checkpoints.kept()
        const answer = await client.call(
          routes.registerWorker,
          { body: { name, boot_id: bootId, resources, classes, kept_checkpoints } },
          { signal },
        )
        await checkpoints.forget(answer.forget_checkpoints)
        return answer
      } catch (error) {
        signal.throwIfAborted()
        log.warn(
          { err: error instanceof Error ? error.message : String(error) },
          'the worker could not register; it tries again',
        )
        await pauses.wait(signal)
      }
    }
  }
  let current = await once()
  let renewing: Promise<void> | undefined
  return {
    current: () => current,
    renew: async (lost) => {
      if (current.id !== lost) return
      renewing ??= once()
        .then((answer) => {
          current = answer
        })
        .finally(() => {
          renewing = undefined
        })
      await renewing
    },
  }
}
