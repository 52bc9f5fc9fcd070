import type { AxiosInstance } from 'axios'
import { sql } from 'kysely'
import type { EventType } from '../contract/events'
import { cleanText } from '../storage/clean-text'
import type { Db } from '../storage/database'
import { away_ms } from './back-off'
import { viewEvent } from './read-events'
import { send, type Answer } from './send'

/** A server that took a delivery and died with it: another takes it over after so long. */
const takeover_s = 60

/** Messages given up in a row, each after about three days of tries, until the endpoint is switched off. */
const failuresAllowed = 3

const together = 50

/** Sends the deliveries that are due, each at least once, with the event's id as `webhook-id`. Returns how many. */
export const deliverWebhooks = async (db: Db, http: AxiosInstance): Promise<number> => {
  const due = await db
    .updateTable('app.webhook_delivery')
    .set({ next_attempt_at: sql<Date>`clock_timestamp() + make_interval(secs => ${takeover_s})` })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('app.webhook_delivery')
        .select('id')
        .where('status', '=', 'pending')
        .where('next_attempt_at', '<=', sql<Date>`clock_timestamp()`)
        .where('endpoint_id', 'in', eb.selectFrom('app.webhook_endpoint').select('id').where('enabled', '=', true))
        .orderBy('next_attempt_at')
        .limit(together)
        .forUpdate()
        .skipLocked(),
    )
    .returning('id')
    .execute()
  await Promise.all(due.map(({ id }) => deliverOne(db, http, id)))
  return due.length
}

const deliverOne = async (db: Db, http: AxiosInstance, id: string): Promise<void> => {
  const row = await db
    .selectFrom('app.webhook_delivery')
    .innerJoin('app.webhook_endpoint', 'app.webhook_endpoint.id', 'app.webhook_delivery.endpoint_id')
    .innerJoin('app.event', 'app.event.id', 'app.webhook_delivery.event_id')
    .select(['attempts', 'endpoint_id', 'url', 'secret', 'event_id', 'type', 'data', 'app.event.created_at'])
    .where('app.webhook_delivery.id', '=', id)
    .executeTakeFirst()
  if (!row) return // its endpoint was deleted meanwhile
  const answer = await send(http, {
    id: row.event_id,
    url: row.url,
    secret: row.secret,
    body: viewEvent({ id: row.event_id, type: row.type, data: row.data, created_at: row.created_at }),
  })
  const attempts = row.attempts + 1
  const wait = away_ms[attempts - 1]
  const outcome = accepted(answer) ? 'delivered' : answer.status === 410 || wait === undefined ? 'failed' : 'pending'
  await db
    .updateTable('app.webhook_delivery')
    .set({
      status: outcome,
      attempts,
      last_status: answer.status,
      last_error: outcome === 'delivered' ? null : cleanText(reasonOf(answer)),
      first_attempt_at: sql<Date>`coalesce(first_attempt_at, clock_timestamp())`,
      next_attempt_at:
        outcome === 'pending' ? sql<Date>`clock_timestamp() + make_interval(secs => ${(wait ?? 0) / 1000})` : null,
    })
    .where('id', '=', id)
    .execute()
  if (outcome !== 'pending') await judgeEndpoint(db, row.endpoint_id, row.type, answer, outcome)
}

export const accepted = ({ status }: Answer): boolean => status !== null && status >= 200 && status < 300

const reasonOf = ({ status, text }: Answer): string =>
  status === null ? text : `HTTP ${status}: ${text.slice(0, 200)}`

/** Switches an endpoint off that is gone, or that has failed for long; its reason is shown and a person switches it on. */
const judgeEndpoint = async (
  db: Db,
  id: string,
  type: EventType,
  answer: Answer,
  outcome: 'delivered' | 'failed',
): Promise<void> => {
  const endpoint = await db
    .updateTable('app.webhook_endpoint')
    .set((eb) => ({ failures: outcome === 'delivered' ? 0 : eb('failures', '+', 1) }))
    .where('id', '=', id)
    .returning('failures')
    .executeTakeFirst()
  if (!endpoint) return // it was deleted meanwhile
  const { failures } = endpoint
  if (outcome === 'delivered' || (answer.status !== 410 && failures < failuresAllowed)) return
  const why = answer.status === 410 ? 'it answered 410 Gone' : `${failures} events in a row could not be delivered`
  await db
    .updateTable('app.webhook_endpoint')
    .set({ enabled: false, disabled_reason: cleanText(`${why}; the last was ${type}: ${reasonOf(answer)}`) })
    .where('id', '=', id)
    .execute()
}
