import { ForgeError } from '../../contract/errors'
import type { GroupCancelReason } from '../../contract/job-groups'
import type { Db } from '../../storage/database'
import { cancelJob } from '../control'
import { isTerminal } from '../states'

/**
 * Cancels the open members one by one, each in its own transaction: a member is locked before its group, here as
 * everywhere. A group that has ended stays as it is. Throws `job_group_not_found`.
 */
export const cancelGroup = async (db: Db, id: string, projectId: string, reason: GroupCancelReason): Promise<void> => {
  const group = await db
    .updateTable('app.job_group')
    // of a group that has ended nothing was cancelled
    .set((eb) => ({
      cancel_reason: eb
        .case()
        .when('status', '=', 'running')
        .then(eb.fn.coalesce('cancel_reason', eb.val(reason)))
        .else(eb.ref('cancel_reason'))
        .end(),
    }))
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .returning('status')
    .executeTakeFirst()
  if (!group) throw new ForgeError('job_group_not_found', { id })
  const members = await db
    .selectFrom('app.job')
    .select('id')
    .where('group_id', '=', id)
    .where('status', 'not in', ['succeeded', 'failed', 'cancelled'])
    .orderBy('group_index')
    .execute()
  for (const member of members) await cancelMember(db, member.id, projectId)
}

const cancelMember = async (db: Db, id: string, projectId: string): Promise<void> => {
  try {
    await cancelJob(db, id, projectId)
  } catch (error) {
    const { status } = await db.selectFrom('app.job').select('status').where('id', '=', id).executeTakeFirstOrThrow()
    // it ended by itself meanwhile
    if (!isTerminal(status)) throw error
  }
}
