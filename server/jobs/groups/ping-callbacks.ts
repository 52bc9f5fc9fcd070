import { sql } from 'kysely'
import { ForgeError } from '../../contract/errors'
import type { GroupCallbackBody } from '../../contract/job-groups'
import type { Db } from '../../storage/database'
import { newId } from '../../storage/new-id'
import type { PostSigned } from '../../webhooks/post-signed'
import { cancelGroup } from './cancel-group'
import { classifyPing } from './classify-answer'

/** So many answers in a row that nobody waits, and the group is given up; they come `orphan_after_seconds / 3` apart. */
export const pingsThatCount = 3

const together = 20

const ping = (groupId: string | null): GroupCallbackBody => ({ type: 'ping', group_id: groupId })

/** Throws `callback_unreachable` unless somebody takes a call at this address now. Called before a group is made. */
export const checkCallback = async (post: PostSigned, url: string, projectId: string): Promise<void> => {
  const answer = await post(projectId, { id: newId('webhookMessage'), url, body: ping(null) })
  // n8n 2.41 answers 500 for an execution that was started in the editor and is not stored yet: it is there all the same
  if (classifyPing(answer) === 'waits' || answer.status === 500) return
  const detail = answer.status === null ? answer.text : `it answered a ping with HTTP ${answer.status}`
  throw new ForgeError('callback_unreachable', { detail }, { param: 'callback_url' })
}

/**
 * Asks behind the running groups whose time has come whether somebody still waits for their callbacks. A group whose
 * every receiver has said three times in a row that its execution is over or unknown is cancelled, and the audit says
 * so: a device must not burn for nobody. A receiver that is away, or answers 5xx, says nothing either way. Returns how
 * many it asked.
 */
export const pingCallbacks = async (db: Db, post: PostSigned): Promise<number> => {
  const due = await db
    .updateTable('app.callback')
    .set({ next_ping_at: sql<Date>`clock_timestamp() + make_interval(secs => ping_every_s)` })
    .where('message_id', 'in', (eb) =>
      eb
        .selectFrom('app.callback')
        .select('message_id')
        .where('status', '=', 'waiting')
        .where('next_ping_at', '<=', sql<Date>`clock_timestamp()`)
        .orderBy('next_ping_at')
        .limit(together)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['message_id', 'group_id', 'url'])
    .execute()
  await Promise.all(due.map((callback) => pingOne(db, post, callback)))
  return due.length
}

const pingOne = async (
  db: Db,
  post: PostSigned,
  { message_id, group_id, url }: { message_id: string; group_id: string; url: string },
): Promise<void> => {
  const { project_id } = await db
    .selectFrom('app.job_group')
    .select('project_id')
    .where('id', '=', group_id)
    .executeTakeFirstOrThrow()
  const answer = await post(project_id, { id: newId('webhookMessage'), url, body: ping(group_id) })
  const heard = classifyPing(answer)
  if (heard === 'unknown') return
  const row = await db
    .updateTable('app.callback')
    .set((eb) => ({ unanswered_pings: heard === 'waits' ? 0 : eb('unanswered_pings', '+', 1) }))
    .where('message_id', '=', message_id)
    .where('status', '=', 'waiting')
    .returning('unanswered_pings')
    .executeTakeFirst()
  if (!row || row.unanswered_pings < pingsThatCount) return
  const stillAwaited = await db
    .selectFrom('app.callback')
    .select('message_id')
    .where('group_id', '=', group_id)
    .where('status', '=', 'waiting')
    .where('unanswered_pings', '<', pingsThatCount)
    .executeTakeFirst()
  if (stillAwaited) return
  await db
    .insertInto('app.audit')
    .values({
      project_id,
      actor: 'forge',
      action: 'job_group.cancelled',
      subject: group_id,
      details: JSON.stringify({ reason: 'nobody_waits', pings: row.unanswered_pings, answer: answer.status }),
    })
    .execute()
  await cancelGroup(db, group_id, project_id, 'nobody_waits')
}
