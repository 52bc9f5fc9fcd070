import { ForgeError } from '../../contract/errors'
import type { Artifact } from '../../contract/models'
import type { Tx } from '../database'

/** Refuses artifacts whose bytes have not arrived. Locks their rows, so that the collector cannot take them meanwhile. */
export const checkArtifacts = async (tx: Tx, artifacts: readonly Artifact[]): Promise<void> => {
  if (artifacts.length === 0) return
  const wanted = [...new Set(artifacts.map(({ sha256 }) => sha256))]
  const found = await tx
    .selectFrom('app.blob')
    .select('sha256')
    .where('sha256', 'in', wanted)
    .where('removed_at', 'is', null)
    .forShare()
    .execute()
  const known = new Set(found.map(({ sha256 }) => sha256))
  const missing = wanted.find((sha256) => !known.has(sha256))
  if (missing !== undefined) throw new ForgeError('blob_not_found', { sha256: missing })
}
