import type { AxiosInstance } from 'axios'
import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupCallbackBody } from '../../contract/job-groups'
import { cleanText } from '../../storage/clean-text'
import type { Db } from '../../storage/database'
import { send, type Answer } from '../../webhooks/send'
import { signingSecret } from '../../webhooks/signing-secret'
import { classifyAnswer, type Verdict } from './classify-answer'

/** A server that took a callback and died with it: another takes it over after so long. Longer than a call may take. */
const takeover_s = 60

/** A wait shorter than this is spent in place: a row and a timer would take longer. */
const inPlace_ms = 1000

const together = 20

interface Due {
  message_id: string
  group_id: string
  url: string
}

/** By the database's clock, so many seconds from now. */
const inSeconds = (seconds: number) => sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`

/**
 * Sends the callbacks that are due, each at least once: the row is taken for a minute, and ends only with an answer. The
 * `webhook-id` stays the same, so a receiver knows a call whose answer was lost. Returns how many it took.
 */
export const deliverCallbacks = async (db: Db, http: AxiosInstance, stop: AbortSignal): Promise<number> => {
  const due = await db
    .updateTable('app.callback')
    .set({ next_attempt_at: inSeconds(takeover_s) })
    .where('message_id', 'in', (eb) =>
      eb
        .selectFrom('app.callback')
        .select('message_id')
        .where('status', '=', 'pending')
        .where('next_attempt_at', '<=', sql<Date>`clock_timestamp()`)
        .orderBy('next_attempt_at')
        .limit(together)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['message_id', 'group_id', 'url'])
    .execute()
  await Promise.all(due.map((callback) => deliver(db, http, callback, stop)))
  return due.length
}

const deliver = async (db: Db, http: AxiosInstance, { message_id, group_id, url }: Due, stop: AbortSignal) => {
  const { secret, body } = await messageOf(db, group_id)
  for (;;) {
    const answer = await send(http, { id: message_id, url, secret, body })
    const verdict = await record(db, message_id, answer)
    if (verdict.verdict !== 'retry' || verdict.delay_ms >= inPlace_ms || stop.aborted) return
    await sleep(verdict.delay_ms)
  }
}

/** Writes down what an attempt was answered, and when the next is due, if there is one. */
const record = async (db: Db, messageId: string, answer: Answer): Promise<Verdict> => {
  const before = await db
    .selectFrom('app.callback')
    .select([
      'away_tries',
      sql<number>`coalesce(extract(epoch from clock_timestamp() - not_yet_since)::float8 * 1000, 0)`.as('not_yet_ms'),
    ])
    .where('message_id', '=', messageId)
    .executeTakeFirstOrThrow()
  const verdict = classifyAnswer(answer, before)
  const because = verdict.verdict === 'retry' ? verdict.because : null
  await db
    .updateTable('app.callback')
    .set((eb) => ({
      status: verdict.verdict === 'retry' ? 'pending' : verdict.verdict,
      attempts: eb('attempts', '+', 1),
      away_tries: because === 'away' ? eb('away_tries', '+', 1) : eb.ref('away_tries'),
      not_yet_since: because === 'not_yet' ? sql<Date>`coalesce(not_yet_since, clock_timestamp())` : null,
      last_status: answer.status,
      last_error: verdict.verdict === 'delivered' ? null : cleanText(verdict.reason),
      // a wait in place is within the time for which the row is taken
      next_attempt_at:
        verdict.verdict !== 'retry'
          ? null
          : inSeconds(verdict.delay_ms < inPlace_ms ? takeover_s : verdict.delay_ms / 1000),
    }))
    .where('message_id', '=', messageId)
    .execute()
  return verdict
}

const messageOf = async (db: Db, groupId: string): Promise<{ secret: string; body: GroupCallbackBody }> => {
  const group = await db
    .selectFrom('app.job_group')
    .select(['project_id', 'status'])
    .where('id', '=', groupId)
    .executeTakeFirstOrThrow()
  const jobs = await db
    .selectFrom('app.job')
    .select(['id', 'status'])
    .where('group_id', '=', groupId)
    .orderBy('group_index')
    .execute()
  return {
    secret: await signingSecret(db, group.project_id),
    body: { type: 'job_group.ended', group_id: groupId, status: group.status, jobs },
  }
}
