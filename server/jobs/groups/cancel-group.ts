import { ForgeError } from '../../contract/errors'
import type { GroupCancelReason } from '../../contract/job-groups'
import type { Db } from '../../storage/database'
import { cancelJobs } from '../cancel-jobs'

/**
 * Cancels the open members, some at a time: they are locked before their group, here as everywhere. One that ends by
 * itself meanwhile, and a group that has ended, stay as they are. Throws `job_group_not_found`.
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
    .execute()
  await cancelJobs(
    db,
    projectId,
    members.map((member) => member.id),
  )
}
