import type { BlobStore } from './blobs'
import type { Db, Tx } from './database'
import { addBlob } from './sql/add-blob'

/**
 * Gives a row to bytes in the store that have none, as a server leaves them that died between publishing and naming
 * them. The collector then takes them a day later, like all bytes without a name. Returns how many it found.
 */
export const adoptBlobs = async (db: Db, blobs: BlobStore): Promise<number> => {
  let adopted = 0
  for await (const found of blobs.list()) {
    if (found.length === 0) continue
    const known = await db
      .selectFrom('app.blob')
      .select('sha256')
      .where('sha256', 'in', found)
      .where('removed_at', 'is', null)
      .execute()
    const rows = new Set(known.map(({ sha256 }) => sha256))
    for (const sha256 of found)
      if (!rows.has(sha256) && (await db.transaction().execute((tx) => adopt(tx, blobs, sha256)))) adopted += 1
  }
  return adopted
}

const adopt = async (tx: Tx, blobs: BlobStore, sha256: string): Promise<boolean> => {
  // a collector that is taking just these bytes is waited for
  await tx.selectFrom('app.blob').select('sha256').where('sha256', '=', sha256).forUpdate().execute()
  const bytes = await blobs.size(sha256)
  if (bytes === null) return false
  await addBlob(tx, { sha256, bytes })
  return true
}
