import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync, type Stats } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { ForgeError } from '../contract/errors'

export interface StoredBlob {
  sha256: string
  bytes: number
}

/** Whole bytes under a temporary name, on disk. `discard` after `publish` does nothing. */
export interface StagedBlob extends StoredBlob {
  publish(): Promise<void>
  discard(): Promise<void>
}

/** Content-addressed bytes. A blob is visible under its hash only when it is whole and on disk. */
export interface BlobStore {
  /** Takes bytes in. Publish them in the transaction that locks and names them: else the collector may take them. */
  stage(content: AsyncIterable<Uint8Array>, options?: { limitBytes?: number }): Promise<StagedBlob>
  /** Adds a part at `offset` of an upload; the last part is hashed and published. */
  putPart(
    upload: string,
    sha256: string,
    part: AsyncIterable<Uint8Array>,
    at: { offset: number; total: number },
  ): Promise<{ received_bytes: number; complete: boolean }>
  received(upload: string, sha256: string): Promise<{ received_bytes: number; complete: boolean }>
  size(sha256: string): Promise<number | null>
  read(sha256: string): Promise<Readable>
  text(sha256: string): Promise<string>
  remove(sha256: string): Promise<void>
  /** The hashes of all published bytes, some at a time. */
  list(): AsyncIterable<string[]>
  /** Deletes temporary files that nobody has written to for so long. Returns how many. */
  sweep(olderThan_ms: number): Promise<number>
}

/** A store in a folder: `<2 hex>/<sha256>`, written under a temporary name, fsynced, then renamed. */
export const folderBlobs = (root: string): BlobStore => {
  const pathOf = (sha256: string): string => join(root, sha256.slice(0, 2), sha256)
  const partPath = (upload: string, sha256: string): string => join(root, 'uploads', `${upload}-${sha256}`)

  const publish = async (temporary: string, sha256: string): Promise<void> => {
    await mkdir(join(root, sha256.slice(0, 2)), { recursive: true })
    await rename(temporary, pathOf(sha256))
    // the rename itself is durable only once its folder is
    const folder = await open(join(root, sha256.slice(0, 2)), 'r')
    await folder.sync().finally(() => folder.close())
  }

  const size = async (sha256: string): Promise<number | null> => (await statOf(pathOf(sha256)))?.size ?? null

  const received = async (upload: string, sha256: string): Promise<{ received_bytes: number; complete: boolean }> => {
    const whole = await size(sha256)
    if (whole !== null) return { received_bytes: whole, complete: true }
    const path = partPath(upload, sha256)
    return { received_bytes: existsSync(path) ? (await stat(path)).size : 0, complete: false }
  }

  return {
    size,
    received,
    async stage(content, { limitBytes } = {}) {
      await mkdir(join(root, 'uploads'), { recursive: true })
      const temporary = join(root, 'uploads', randomUUID())
      const hash = createHash('sha256')
      let bytes = 0
      const file = await open(temporary, 'wx')
      const discard = (): Promise<void> => rm(temporary, { force: true })
      try {
        for await (const chunk of content) {
          bytes += chunk.length
          if (limitBytes !== undefined && bytes > limitBytes)
            throw new ForgeError('file_too_large', { limit_bytes: limitBytes })
          hash.update(chunk)
          await file.writeFile(chunk)
        }
        await file.sync()
        await file.close()
      } catch (error) {
        await file.close().catch(() => undefined) // closed already on the way out
        await discard()
        throw error
      }
      const sha256 = hash.digest('hex')
      return { sha256, bytes, publish: () => publish(temporary, sha256), discard }
    },
    async putPart(upload, sha256, part, { offset, total }) {
      const before = await received(upload, sha256)
      if (before.complete) {
        const rest = part[Symbol.asyncIterator]()
        while (!(await rest.next()).done) continue // drained, so that the connection can be used again
        return before
      }
      await mkdir(join(root, 'uploads'), { recursive: true })
      if (offset !== before.received_bytes)
        throw new ForgeError('upload_part_out_of_order', { expected: before.received_bytes, got: offset })
      const path = partPath(upload, sha256)
      const file = await open(path, 'a')
      try {
        for await (const chunk of part) await file.writeFile(chunk)
      } finally {
        await file.close()
      }
      const bytes = (await stat(path)).size
      if (bytes < total) return { received_bytes: bytes, complete: false }
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
      const actual = hash.digest('hex')
      if (actual !== sha256) {
        await rm(path, { force: true })
        throw new ForgeError('hash_mismatch', { actual, expected: sha256 })
      }
      await syncFile(path)
      await publish(path, sha256)
      return { received_bytes: bytes, complete: true }
    },
    async read(sha256) {
      if ((await size(sha256)) === null) throw new ForgeError('blob_not_found', { sha256 })
      return createReadStream(pathOf(sha256))
    },
    async text(sha256) {
      if ((await size(sha256)) === null) throw new ForgeError('blob_not_found', { sha256 })
      return await readFile(pathOf(sha256), 'utf8')
    },
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
    async *list() {
      if (!existsSync(root)) return
      for (const folder of await readdir(root))
        if (/^[0-9a-f]{2}$/.test(folder))
          yield (await readdir(join(root, folder))).filter((name) => /^[0-9a-f]{64}$/.test(name))
    },
    async sweep(olderThan_ms) {
      const folder = join(root, 'uploads')
      if (!existsSync(folder)) return 0
      let swept = 0
      for (const name of await readdir(folder)) {
        const path = join(folder, name)
        const found = await statOf(path)
        if (found === null || Date.now() - found.mtimeMs <= olderThan_ms) continue
        await rm(path, { force: true })
        swept += 1
      }
      return swept
    },
  }
}

const statOf = async (path: string): Promise<Stats | null> => {
  try {
    return await stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const syncFile = async (path: string): Promise<void> => {
  const file = await open(path, 'r+')
  await file.sync().finally(() => file.close())
}
