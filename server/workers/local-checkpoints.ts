import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { KeptCheckpoint } from '../contract/workers'
import type { JobCheckpoints, LocalCheckpoint } from '../steps/handler'
import { sha256File } from './sha256-file'
import type { WorkerLog } from './worker-log'

/** Jobs that did not run to their end here and whose checkpoint is kept; the one left longest ago goes first. */
const mostKept = 8

/** What the training engine writes into a checkpoint, last before the folder gets its name. */
const manifest = z.object({
  step: z.int().min(0),
  metrics: z.record(z.string(), z.number()),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() })),
})

export interface LocalCheckpoints {
  /** Takes hold of a job's folder, once an earlier attempt at it has let go. Throws the signal's reason. */
  open(jobId: string, signal: AbortSignal): Promise<OpenCheckpoints>
  /** The newest checkpoint of every job that no attempt holds. */
  kept(): KeptCheckpoint[]
  forget(jobIds: readonly string[]): Promise<void>
}
export interface OpenCheckpoints extends JobCheckpoints {
  /** Lets go: with `keep` the newest checkpoint stays for the next attempt, else none does. */
  close(keep: boolean): Promise<void>
}

const namesIn = async (dir: string): Promise<string[]> => {
  try {
    return await readdir(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Newest first. */
const stepsIn = async (dir: string): Promise<number[]> => {
  const names = await namesIn(dir)
  return names.flatMap((name) => (/^step-\d+$/.test(name) ? [Number(name.slice(5))] : [])).sort((a, b) => b - a)
}

/** A checkpoint whose every file is as its manifest says, or null: it was cut short or damaged. */
const verified = async (path: string): Promise<LocalCheckpoint | null> => {
  try {
    const { step, metrics, files } = manifest.parse(JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')))
    for (const [name, { bytes, sha256 }] of Object.entries(files)) {
      const file = join(path, name)
      if ((await stat(file)).size !== bytes || (await sha256File(file)).sha256 !== sha256) return null
    }
    return { step, path, metrics }
  } catch (error) {
    const isDamage =
      error instanceof SyntaxError || error instanceof z.ZodError || (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (isDamage) return null
    throw error
  }
}

/** The newest whole checkpoint of a folder. Damaged ones are deleted, so that nothing is ever resumed from them. */
const newestIn = async (dir: string): Promise<LocalCheckpoint | null> => {
  for (const step of await stepsIn(dir)) {
    const found = await verified(join(dir, `step-${step}`))
    if (found) return found
    await rm(join(dir, `step-${step}`), { recursive: true, force: true })
  }
  return null
}

/**
 * The worker's own checkpoints: a folder per job, not per attempt, so that the next attempt on this worker goes on from
 * the newest one, also when its upload was cut short. Reads what an earlier process of this worker left behind.
 */
export const openLocalCheckpoints = async (root: string, log: WorkerLog): Promise<LocalCheckpoints> => {
  const kept = new Map<string, number>()
  const held = new Map<string, Promise<void>>()
  const folderOf = (jobId: string): string => join(root, jobId)
  const drop = async (jobId: string): Promise<void> => {
    kept.delete(jobId)
    await rm(folderOf(jobId), { recursive: true, force: true })
  }
  const keep = async (jobId: string): Promise<void> => {
    const newest = await newestIn(folderOf(jobId))
    if (newest === null) {
      await drop(jobId)
      return
    }
    for (const step of await stepsIn(folderOf(jobId)))
      if (step < newest.step) await rm(join(folderOf(jobId), `step-${step}`), { recursive: true, force: true })
    kept.set(jobId, newest.step)
    for (const oldest of [...kept.keys()].slice(0, -mostKept)) await drop(oldest)
  }

  await mkdir(root, { recursive: true })
  for (const jobId of await readdir(root)) await keep(jobId)
  if (kept.size > 0) log.info({ jobs: [...kept.keys()] }, 'checkpoints of an earlier run of this worker are kept')

  return {
    open: async (jobId, signal) => {
      for (let other = held.get(jobId); other; other = held.get(jobId)) {
        await Promise.race([other, aborted(signal)])
        signal.throwIfAborted()
      }
      const released = Promise.withResolvers<void>()
      held.set(jobId, released.promise)
      kept.delete(jobId)
      return {
        dir: folderOf(jobId),
        newest: () => newestIn(folderOf(jobId)),
        close: async (keepNewest) => {
          try {
            await (keepNewest ? keep(jobId) : drop(jobId))
          } finally {
            held.delete(jobId)
            released.resolve()
          }
        },
      }
    },
    kept: () => [...kept].map(([job_id, step]) => ({ job_id, step })),
    forget: async (jobIds) => {
      // the server answers what it was told earlier: an attempt may have begun since
      for (const jobId of jobIds) if (!held.has(jobId)) await drop(jobId)
    },
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
