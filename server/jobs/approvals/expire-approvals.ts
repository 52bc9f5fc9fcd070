import { sql } from 'kysely'
import { ForgeError } from '../../contract/errors'
import { cleanJson } from '../../storage/clean-text'
import type { Db } from '../../storage/database'
import { emitEvent } from '../../storage/sql/emit-event'
import { settleDependents } from '../dependents'
import { lockJob, moveJob } from '../move-job'

const together = 100

/**
 * Ends the waiting of jobs that nobody decided about in time, by the database's clock: they are cancelled with
 * `approval_expired`. Returns how many. Safe to run on several servers at once.
 */
export const expireApprovals = async (db: Db): Promise<number> => {
  const due = await db
    .selectFrom('app.approval')
    .select(['id', 'job_id'])
    .where('status', '=', 'pending')
    .where('expires_at', '<=', sql<Date>`clock_timestamp()`)
    .orderBy('expires_at')
    .limit(together)
    .execute()
  let expired = 0
  for (const { id, job_id } of due) if (await expireOne(db, id, job_id)) expired += 1
  return expired
}

const expireOne = async (db: Db, id: string, jobId: string): Promise<boolean> =>
  await db.transaction().execute(async (tx) => {
    const job = await lockJob(tx, jobId)
    const row = await tx
      .updateTable('app.approval')
      .set({ status: 'expired', decided_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .returningAll()
      .executeTakeFirst()
    // somebody decided while this waited for the job
    if (!row) return false
    const { project_id, deployment, model, evaluation_id } = row
    const expires_at = row.expires_at.toISOString()
    await tx
      .insertInto('app.audit')
      .values({
        project_id,
        actor: 'forge',
        action: 'approval.expired',
        subject: id,
        details: cleanJson({ job_id: jobId, deployment, model, expires_at }),
      })
      .execute()
    await emitEvent(tx, project_id, 'approval.expired', {
      approval_id: id,
      job_id: jobId,
      deployment,
      model,
      evaluation_id,
      expires_at,
    })
    const error = new ForgeError('approval_expired', { model, deployment, expires_at }).toJobError()
    await settleDependents(tx, await moveJob(tx, job, 'reject', { error, event: { approval_id: id } }))
    return true
  })
