import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupCallbackBody } from '../../contract/job-groups'
import { cleanText } from '../../storage/clean-text'
import type { Db } from '../../storage/database'
import type { Answer } from '../../webhooks/send'
import type { PostSigned } from '../../webhooks/post-signed'
import { classifyAnswer, type Verdict } from './classify-answer'

/** A server that took a callback and died with it: another takes it over after so long. Longer than a call may take. */
const takeover_s = 60

/** A wait shorter than this is spent in place: a row and a timer would take longer. */
const inPlace_ms = 1000

/**
 * Callbacks to one receiver at the same time. More of them are answered no sooner: an n8n has two database connections
 * unless told otherwise, and one that was asked forty things at once on a busy machine answered few in time.
 */
const perReceiver = 5

interface Due {
  message_id: string
  group_id: string
  url: string
}

/** By the database's clock, so many seconds from now. */
const inSeconds = (seconds: number) => sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`

export interface CallbackSending {
  /** Begins to send what is due, as far as each receiver has room. It does not wait for the answers. */
  turn(): Promise<void>
  /** Resolves when nothing is being sent. */
  settled(): Promise<void>
}

export interface CallbackOptions {
  stop: AbortSignal
  onError: (error: Error) => void
}

/**
 * Sends the callbacks that are due, each at least once: the row is taken for a minute, and ends only with an answer. The
 * `webhook-id` stays the same, so a receiver knows a call whose answer was lost. A few at a time to each receiver, and to
 * all receivers side by side, so that one that hangs delays nobody but itself.
 */
export const sendCallbacks = (db: Db, post: PostSigned, { stop, onError }: CallbackOptions): CallbackSending => {
  const sending = new Map<string, Set<Promise<void>>>()
  /** One after the other to a receiver, until none is due. */
  const sendTo = async (receiver: string): Promise<void> => {
    while (!stop.aborted) {
      const callback = await takeDue(db, receiver)
      if (callback === undefined) return
      await deliver(db, post, callback, stop)
    }
  }
  const begin = (receiver: string, lanes: Set<Promise<void>>): void => {
    const lane = sendTo(receiver)
      .catch((cause: unknown) => onError(new Error(`calling back ${receiver} failed`, { cause })))
      .finally(() => {
        lanes.delete(lane)
        if (lanes.size === 0) sending.delete(receiver)
      })
    lanes.add(lane)
    sending.set(receiver, lanes)
  }
  return {
    async turn() {
      for (const { receiver, due } of await receiversDue(db)) {
        const lanes = sending.get(receiver) ?? new Set()
        for (let more = Math.min(due, perReceiver - lanes.size); more > 0; more -= 1) begin(receiver, lanes)
      }
    },
    async settled() {
      await Promise.all([...sending.values()].flatMap((lanes) => [...lanes]))
    },
  }
}

/** Scheme, host and port of the address. */
const receiverOf = sql<string>`substring(url from '^[^:]+://[^/?#]+')`

const isDue = sql<boolean>`(status = 'pending' and next_attempt_at <= clock_timestamp())`

const receiversDue = (db: Db): Promise<{ receiver: string; due: number }[]> =>
  db
    .selectFrom('app.callback')
    .select([receiverOf.as('receiver'), sql<number>`count(*)::int`.as('due')])
    .where(isDue)
    .groupBy(receiverOf)
    .execute()

/** Takes the callback to a receiver that has waited longest for a minute: what this server does not end, another takes. */
const takeDue = (db: Db, receiver: string): Promise<Due | undefined> =>
  db
    .updateTable('app.callback')
    .set({ next_attempt_at: inSeconds(takeover_s) })
    .where('message_id', 'in', (eb) =>
      eb
        .selectFrom('app.callback')
        .select('message_id')
        .where(isDue)
        .where(sql<boolean>`${receiverOf} = ${receiver}`)
        .orderBy('next_attempt_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['message_id', 'group_id', 'url'])
    .executeTakeFirst()

const deliver = async (db: Db, post: PostSigned, { message_id, group_id, url }: Due, stop: AbortSignal) => {
  const { projectId, body } = await messageOf(db, group_id)
  for (;;) {
    const answer = await post(projectId, { id: message_id, url, body })
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

const messageOf = async (db: Db, groupId: string): Promise<{ projectId: string; body: GroupCallbackBody }> => {
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
    projectId: group.project_id,
    body: { type: 'job_group.ended', group_id: groupId, status: group.status, jobs },
  }
}
