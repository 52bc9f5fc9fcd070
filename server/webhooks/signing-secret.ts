import { randomBytes } from 'node:crypto'
import type { Tx } from '../storage/database'

/** The secret that signs what Forge sends for a project: `whsec_` and 24 random bytes in base64, made when first asked. */
export const signingSecret = async (tx: Tx, projectId: string): Promise<string> => {
  const known = await tx
    .selectFrom('app.project')
    .select('signing_secret')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  if (known.signing_secret !== null) return known.signing_secret
  const { signing_secret } = await tx
    .updateTable('app.project')
    // two that ask first at the same time get the same one
    .set((eb) => ({ signing_secret: eb.fn.coalesce('signing_secret', eb.val(newSigningSecret())) }))
    .where('id', '=', projectId)
    .returning('signing_secret')
    .executeTakeFirstOrThrow()
  if (signing_secret === null) throw new Error(`The project ${projectId} got no signing secret.`)
  return signing_secret
}

export const newSigningSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`
