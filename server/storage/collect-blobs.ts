import { sql } from 'kysely'
import { adoptBlobs } from './adopt-blobs'
import type { BlobStore } from './blobs'
import type { Db, Tx } from './database'
import { dropCheckpoints } from './sql/drop-checkpoints'
import { blobIsNamed, namesOfBlob } from './sql/names-of-blob'

/** Bytes wait so long for a name: an upload names them when it is whole, a job when it ends. */
const graceHours = 24

const together = 200

export interface Collected {
  /** blobs, and their bytes */
  removed: number
  bytes: number
  /** files of uploads that were given up */
  swept: number
}

/**
 * Removes the bytes that no row names and that have had no name for a day, and what uploads left behind. Each hash in
 * a transaction of its own that locks its row and looks again: whoever names the bytes meanwhile waits for the lock,
 * and then finds them gone or safe. Ends early, between two hashes, when `stop` aborts.
 */
export const collectBlobs = async (db: Db, blobs: BlobStore, stop?: AbortSignal): Promise<Collected> => {
  await adoptBlobs(db, blobs)
  await dropCheckpoints(db)
  const total: Collected = { removed: 0, bytes: 0, swept: 0 }
  for (let before = -1; total.removed > before; ) {
    before = total.removed
    const candidates = await db
      .selectFrom('app.blob as blob')
      .select('sha256')
      .where(isOld)
      .where(sql<boolean>`not ${blobIsNamed}`)
      .limit(together)
      .execute()
    for (const { sha256 } of candidates) {
      if (stop?.aborted) return total
      const bytes = await db.transaction().execute((tx) => collect(tx, blobs, sha256))
      if (bytes === null) continue
      total.removed += 1
      total.bytes += bytes
    }
  }
  total.swept = await blobs.sweep(graceHours * 3_600_000)
  return total
}

const isOld = sql<boolean>`blob.removed_at is null
  and blob.created_at < clock_timestamp() - make_interval(hours => ${graceHours})`

/** How many bytes went, or null when the hash was named in the meantime or is being named now. */
const collect = async (tx: Tx, blobs: BlobStore, sha256: string): Promise<number | null> => {
  const row = await tx
    .selectFrom('app.blob as blob')
    .select('bytes')
    .where('sha256', '=', sha256)
    .where(isOld)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (!row || (await namesOfBlob(tx, sha256)).length > 0) return null
  await removeBlob(tx, blobs, sha256, 'collector')
  return row.bytes
}

/**
 * Takes the bytes away and leaves a tombstone: which hash, when, by whom. The row must be locked by `tx`. Bytes that
 * are gone while the transaction is lost are no harm: nobody names them, and the next turn writes the tombstone.
 */
export const removeBlob = async (tx: Tx, blobs: BlobStore, sha256: string, by: string): Promise<void> => {
  await tx
    .updateTable('app.blob')
    .set({ removed_at: sql<Date>`clock_timestamp()`, removed_by: by })
    .where('sha256', '=', sha256)
    .where('removed_at', 'is', null)
    .execute()
  await blobs.remove(sha256)
}
