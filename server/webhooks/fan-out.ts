import { sql } from 'kysely'
import type { Db } from '../storage/database'
import { newId } from '../storage/new-id'
import { notify } from '../storage/sql/append-event'
import { eventsAfterPosition } from './read-events'

/**
 * Makes a delivery of each new event for each endpoint that asked for it, and moves the cursor, in one transaction: an
 * event becomes its deliveries once, whatever dies. One server at a time does it. Returns how many events it took.
 */
export const fanOutEvents = async (db: Db): Promise<number> =>
  await db.transaction().execute(async (tx) => {
    const cursor = await tx
      .selectFrom('app.event_cursor')
      .select(['id', sql<string>`xid::text`.as('xid')])
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    if (!cursor) return 0
    const events = await eventsAfterPosition(tx, cursor)
    const last = events.at(-1)
    if (!last) return 0
    const endpoints = await tx.selectFrom('app.webhook_endpoint').selectAll().where('enabled', '=', true).execute()
    const deliveries = events.flatMap((event) =>
      endpoints
        .filter((endpoint) => endpoint.project_id === event.project_id)
        // an endpoint hears what happens from its making on
        .filter((endpoint) => endpoint.created_at <= event.created_at)
        .filter(({ events: wanted }) => wanted === null || wanted.includes(event.type))
        .map((endpoint) => ({ id: newId('webhookDelivery'), endpoint_id: endpoint.id, event_id: event.id })),
    )
    if (deliveries.length > 0) {
      await tx
        .insertInto('app.webhook_delivery')
        .values(deliveries)
        .onConflict((on) => on.doNothing())
        .execute()
      await notify(tx, 'webhook')
    }
    await tx.updateTable('app.event_cursor').set({ xid: last.xid, id: last.id }).execute()
    return events.length
  })
