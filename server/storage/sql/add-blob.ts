import type { Tx } from '../database'

/** Names bytes that are in the store; naming them again changes nothing. */
export const addBlob = async (tx: Tx, blob: { sha256: string; bytes: number }): Promise<void> => {
  await tx
    .insertInto('app.blob')
    .values(blob)
    .onConflict((on) => on.column('sha256').doNothing())
    .execute()
}
