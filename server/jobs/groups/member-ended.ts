import { sql } from 'kysely'
import type { JobGroupStatus } from '../../contract/job-groups'
import type { JobStatus } from '../../contract/jobs'
import type { Tx } from '../../storage/database'
import { notify } from '../../storage/sql/append-event'
import { emitEvent } from '../../storage/sql/emit-event'

/** What the ends of the members make of the group. Pure. */
export const groupStatusOf = (
  members: readonly { status: JobStatus; timedOut: boolean }[],
  group: { cancelled: boolean; deadlinePassed: boolean },
): JobGroupStatus => {
  if (members.every(({ status }) => status === 'succeeded')) return 'succeeded'
  if (group.cancelled) return 'cancelled'
  if (group.deadlinePassed && members.some(({ timedOut }) => timedOut)) return 'timed_out'
  return members.some(({ status }) => status === 'failed') ? 'failed' : 'cancelled'
}

/**
 * Counts members that ended; with the last one the group ends and its callback is due, in the transaction that ended
 * the members. Their rows are locked already, the group's is locked here: nobody may lock them the other way round.
 */
export const membersEnded = async (tx: Tx, groupId: string, count: number): Promise<void> => {
  const { open } = await tx
    .updateTable('app.job_group')
    .set((eb) => ({ open: eb('open', '-', count) }))
    .where('id', '=', groupId)
    .returning('open')
    .executeTakeFirstOrThrow()
  await notify(tx, `group:${groupId}`)
  if (open === 0) await endGroup(tx, groupId)
}

const endGroup = async (tx: Tx, groupId: string): Promise<void> => {
  const members = await tx
    .selectFrom('app.job')
    .select(['status', sql<boolean>`coalesce(error ->> 'code' = 'timed_out', false)`.as('timedOut')])
    .where('group_id', '=', groupId)
    .execute()
  const group = await tx
    .selectFrom('app.job_group')
    .select([
      'project_id',
      sql<boolean>`cancel_reason is not null`.as('cancelled'),
      sql<boolean>`coalesce(deadline_at < clock_timestamp(), false)`.as('deadlinePassed'),
    ])
    .where('id', '=', groupId)
    .executeTakeFirstOrThrow()
  const now = sql<Date>`clock_timestamp()`
  const status = groupStatusOf(members, group)
  await emitEvent(tx, group.project_id, 'job_group.ended', { group_id: groupId, status })
  await tx.updateTable('app.job_group').set({ status, ended_at: now }).where('id', '=', groupId).execute()
  await tx
    .updateTable('app.callback')
    .set({ status: 'pending', next_attempt_at: now, next_ping_at: null })
    .where('group_id', '=', groupId)
    .where('status', '=', 'waiting')
    .execute()
  await notify(tx, 'callback')
}
