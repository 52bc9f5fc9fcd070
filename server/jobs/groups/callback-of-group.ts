import { sql } from 'kysely'
import type { Tx } from '../../storage/database'
import { newId } from '../../storage/new-id'
import { notify } from '../../storage/sql/append-event'
import { pingsThatCount } from './ping-callbacks'

/**
 * Has `url` called when the group ends, or now if it has ended. An address that was called before is called again, as a
 * new message: who makes the same call again waits again, as an n8n node in a loop does. One that waits or is being
 * called stays as it is. The group is locked, so that its end sees this callback, or this call its end.
 */
export const callBackTo = async (tx: Tx, groupId: string, url: string): Promise<void> => {
  const { status, orphan_after_s } = await tx
    .selectFrom('app.job_group')
    .select(['status', 'orphan_after_s'])
    .where('id', '=', groupId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const hasEnded = status !== 'running'
  const every = orphan_after_s === null ? null : orphan_after_s / pingsThatCount
  const messageId = newId('webhookMessage')
  const now = sql<Date>`clock_timestamp()`
  await tx
    .insertInto('app.callback')
    .values({
      message_id: messageId,
      group_id: groupId,
      url,
      status: hasEnded ? 'pending' : 'waiting',
      next_attempt_at: hasEnded ? now : null,
      ping_every_s: every,
      next_ping_at: every === null || hasEnded ? null : sql<Date>`clock_timestamp() + make_interval(secs => ${every})`,
    })
    .onConflict((on) =>
      on
        .columns(['group_id', 'url'])
        .doUpdateSet({
          message_id: messageId,
          status: 'pending',
          attempts: 0,
          away_tries: 0,
          not_yet_since: null,
          next_attempt_at: now,
          last_status: null,
          last_error: null,
        })
        .where('app.callback.status', 'in', ['delivered', 'refused', 'failed']),
    )
    .execute()
  await tx
    .updateTable('app.callback')
    .set({ asked_at: now })
    .where('group_id', '=', groupId)
    .where('url', '=', url)
    .execute()
  if (hasEnded) await notify(tx, 'callback')
}

/** Whether this address is called for the group already, whatever became of it. */
export const knowsCallback = async (tx: Tx, groupId: string, url: string): Promise<boolean> =>
  (await tx
    .selectFrom('app.callback')
    .select('message_id')
    .where('group_id', '=', groupId)
    .where('url', '=', url)
    .executeTakeFirst()) !== undefined
