import { sql } from 'kysely'
import type { Tx } from '../database'

/**
 * Names bytes that are in the store or just about to be. Naming them again makes them young again, so that the
 * collector, which takes old ones only, leaves them to whoever names them next.
 */
export const addBlob = async (tx: Tx, { sha256, bytes }: { sha256: string; bytes: number }): Promise<void> => {
  await tx
    .insertInto('app.blob')
    .values({ sha256, bytes })
    .onConflict((on) =>
      on.column('sha256').doUpdateSet({ created_at: sql<Date>`clock_timestamp()`, removed_at: null, removed_by: null }),
    )
    .execute()
}
