import { sql, type Selectable } from 'kysely'
import type { EventType, ForgeEvent } from '../contract/events'
import type { WebhookEndpointType } from '../contract/webhook-endpoints'
import { cleanText } from '../storage/clean-text'
import type { Db } from '../storage/database'
import type { Tables } from '../storage/tables'
import { away_ms } from './back-off'
import { viewEvent } from './read-events'
import type { Answer } from './send'

/** A server that took a delivery and died with it: another takes it over after so long. */
const takeover_s = 60

/** Messages given up in a row, each after about three days of tries, until the endpoint is switched off. */
const failuresAllowed = 3

/** Deliveries to one endpoint at the same time. */
const perEndpoint = 10

/** Endpoints that one server sends to at the same time. */
const mostEndpoints = 100

/** An event as it goes to an endpoint; a test carries more than the event. `id`: the same for every try. */
export interface Dispatch {
  id: string
  endpoint: Pick<
    Selectable<Tables['app.webhook_endpoint']>,
    'id' | 'project_id' | 'url' | 'secret' | 'connection_id' | 'asset'
  >
  event: ForgeEvent & Record<string, unknown>
}
/** Brings an event to an endpoint, by its type. Never throws: who is not reached, or not allowed, is an answer too. */
export type Senders = Record<WebhookEndpointType, (dispatch: Dispatch) => Promise<Answer>>

export interface WebhookSending {
  /** Begins to send to each endpoint with deliveries that are due. It does not wait for them. Returns how many it began. */
  turn(): Promise<number>
  /** Resolves when nothing is being sent. */
  settled(): Promise<void>
}

/**
 * Sends the deliveries that are due, each at least once, with the event's id as `webhook-id`: a few at a time to each
 * endpoint, and to all endpoints side by side, so that one that hangs delays nobody but itself.
 */
export const sendWebhooks = (db: Db, senders: Senders, onError: (error: Error) => void): WebhookSending => {
  const busy = new Map<string, Promise<void>>()
  const sendTo = async (endpointId: string): Promise<void> => {
    for (;;) {
      const due = await takeDue(db, endpointId)
      if (due.length === 0) return
      await Promise.all(due.map((id) => deliverOne(db, senders, id)))
    }
  }
  return {
    async turn() {
      const waiting = await endpointsDue(db, [...busy.keys()], mostEndpoints - busy.size)
      for (const id of waiting) {
        const sending = sendTo(id)
          .catch((cause: unknown) => onError(new Error(`sending to the webhook endpoint ${id} failed`, { cause })))
          .finally(() => busy.delete(id))
        busy.set(id, sending)
      }
      return waiting.length
    },
    async settled() {
      await Promise.all(busy.values())
    },
  }
}

/** Endpoints with deliveries that are due, those that wait longest first. */
const endpointsDue = async (db: Db, without: readonly string[], limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('app.webhook_delivery as delivery')
    .innerJoin('app.webhook_endpoint as endpoint', 'endpoint.id', 'delivery.endpoint_id')
    .select('endpoint.id')
    .where('status', '=', 'pending')
    .where('next_attempt_at', '<=', sql<Date>`clock_timestamp()`)
    .where('enabled', '=', true)
    .where(sql<boolean>`endpoint.id <> all(${[...without]}::text[])`)
    .groupBy('endpoint.id')
    .orderBy(sql`min(next_attempt_at)`)
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** Takes deliveries to an endpoint for a minute: what this server does not end, another then takes over. */
const takeDue = async (db: Db, endpointId: string): Promise<string[]> => {
  const taken = await db
    .updateTable('app.webhook_delivery')
    .set({ next_attempt_at: sql<Date>`clock_timestamp() + make_interval(secs => ${takeover_s})` })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('app.webhook_delivery')
        .select('id')
        .where('endpoint_id', '=', endpointId)
        .where('status', '=', 'pending')
        .where('next_attempt_at', '<=', sql<Date>`clock_timestamp()`)
        .where('endpoint_id', 'in', eb.selectFrom('app.webhook_endpoint').select('id').where('enabled', '=', true))
        .orderBy('next_attempt_at')
        .limit(perEndpoint)
        .forUpdate()
        .skipLocked(),
    )
    .returning('id')
    .execute()
  return taken.map(({ id }) => id)
}

const deliverOne = async (db: Db, senders: Senders, id: string): Promise<void> => {
  const row = await db
    .selectFrom('app.webhook_delivery')
    .innerJoin('app.webhook_endpoint', 'app.webhook_endpoint.id', 'app.webhook_delivery.endpoint_id')
    .innerJoin('app.event', 'app.event.id', 'app.webhook_delivery.event_id')
    .select(['attempts', 'endpoint_id', 'url', 'secret', 'connection_id', 'asset', 'event_id', 'data'])
    .select(['app.event.project_id', 'app.event.type', 'app.event.created_at'])
    .select(['app.webhook_endpoint.id', 'app.webhook_endpoint.type as endpoint_type'])
    .where('app.webhook_delivery.id', '=', id)
    .executeTakeFirst()
  if (!row) return // its endpoint was deleted meanwhile
  const answer = await senders[row.endpoint_type]({
    id: row.event_id,
    endpoint: row,
    event: viewEvent({ id: row.event_id, type: row.type, data: row.data, created_at: row.created_at }),
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
