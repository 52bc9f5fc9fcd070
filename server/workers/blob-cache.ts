import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ForgeClient } from '../client/client'
import { ForgeError } from '../contract/errors'
import { routes } from '../contract/routes'
import { whileAway } from './retry'

const downloadTimeout_ms = 3_600_000
/** How many hashes a server is asked about in one call. */
const askedTogether = 1000
/** Damaged downloads of one blob before it is given up. */
const tries = 3

export interface BlobCache {
  /** A read-only file with these bytes, downloaded unless it is there. Throws `hash_mismatch`, `blob_not_found`, `disk_full`. */
  path(sha256: string, signal: AbortSignal): Promise<string>
  /** Deletes what nobody asked for in this time. */
  prune(unusedFor_ms: number): Promise<void>
  /** Deletes the copies of what was erased or collected on the server. Throws ApiError. */
  dropRemoved(signal: AbortSignal): Promise<void>
}

/** Notes that a file is used, in its time of access: the serving engine takes another time of change for other bytes. */
const touch = async (path: string): Promise<boolean> => {
  try {
    const { mtime } = await stat(path)
    await utimes(path, new Date(), mtime)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Blobs by their hash, in a folder of the worker's own. Bytes are checked before a file gets its name. */
export const createBlobCache = ({ client, dir }: { client: ForgeClient; dir: string }): BlobCache => {
  const underWay = new Map<string, Promise<string>>()
  const placeOf = (sha256: string): string => join(dir, sha256.slice(0, 2), sha256)

  const download = async (sha256: string, target: string, signal: AbortSignal): Promise<boolean> => {
    const partial = `${target}.${randomUUID()}.partial`
    const hash = createHash('sha256')
    const hashing = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk)
        done(null, chunk)
      },
    })
    try {
      const bytes = await client.stream(
        routes.getBlob,
        { params: { sha256 } },
        { signal, timeoutMs: downloadTimeout_ms },
      )
      await pipeline(bytes, hashing, createWriteStream(partial, { flush: true }), { signal })
      if (hash.digest('hex') !== sha256) return false
      await rename(partial, target)
      return true
    } finally {
      await rm(partial, { force: true })
    }
  }
  const fetch = async (sha256: string, signal: AbortSignal): Promise<string> => {
    const target = placeOf(sha256)
    if (await touch(target)) return target
    await mkdir(dirname(target), { recursive: true })
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      if (await whileAway(() => download(sha256, target, signal), signal)) return target
    }
    throw new ForgeError('hash_mismatch', { actual: 'something else, several times', expected: sha256 })
  }
  return {
    path: async (sha256, signal) => {
      // one that waits for another's download and sees it aborted tries for itself
      const other = await underWay.get(sha256)?.catch(() => undefined)
      if (other !== undefined) return other
      signal.throwIfAborted()
      const mine = fetch(sha256, signal).finally(() => {
        if (underWay.get(sha256) === mine) underWay.delete(sha256)
      })
      underWay.set(sha256, mine)
      return await mine
    },
    prune: async (unusedFor_ms) => {
      await mkdir(dir, { recursive: true })
      for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const path = join(entry.parentPath, entry.name)
        const { atimeMs } = await stat(path)
        if (Date.now() - atimeMs > unusedFor_ms || entry.name.endsWith('.partial')) await rm(path, { force: true })
      }
    },
    dropRemoved: async (signal) => {
      const held = (await readdir(dir, { recursive: true }))
        .map((path) => basename(path))
        .filter((name) => isHash(name))
      for (let from = 0; from < held.length; from += askedTogether) {
        const body = { sha256s: held.slice(from, from + askedTogether) }
        const { sha256s } = await client.call(routes.whichAreRemoved, { body }, { signal })
        for (const sha256 of sha256s) await rm(placeOf(sha256), { force: true })
      }
    },
  }
}

const isHash = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)
