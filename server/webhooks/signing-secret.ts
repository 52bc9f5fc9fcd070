import { randomBytes } from 'node:crypto'
import type { Db } from '../storage/database'
import type { SecretBox } from './secret-box'

/** The secret that signs what Forge sends for a project: `whsec_` and 24 random bytes in base64, made when first asked. */
export const signingSecret = async (db: Db, box: SecretBox, projectId: string): Promise<string> => {
  const known = await db
    .selectFrom('app.project')
    .select('signing_secret')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  if (known.signing_secret !== null) return box.open(known.signing_secret, projectId)
  const made = await db.transaction().execute(async (tx) => {
    const fresh = await box.seal(tx, newSigningSecret(), projectId)
    return await tx
      .updateTable('app.project')
      // two that ask first at the same time get the same one
      .set((eb) => ({ signing_secret: eb.fn.coalesce('signing_secret', eb.val(fresh)) }))
      .where('id', '=', projectId)
      .returning('signing_secret')
      .executeTakeFirstOrThrow()
  })
  if (made.signing_secret === null) throw new Error(`The project ${projectId} got no signing secret.`)
  return box.open(made.signing_secret, projectId)
}

export const newSigningSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`
