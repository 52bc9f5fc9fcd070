import { sql } from 'kysely'
import type { Db } from '../storage/database'

/** Events of one statement: few enough that none of it holds others up. */
const together = 1000

/**
 * Deletes the events that are older than `retentionDays`, the oldest first, with their deliveries; those that have not yet
 * become deliveries stay. 0 keeps them for ever. Stops between two batches when `stop` aborts. Returns how many.
 */
export const forgetEvents = async (db: Db, retentionDays: number, stop: AbortSignal): Promise<number> => {
  let forgotten = 0
  if (retentionDays === 0) return forgotten
  while (!stop.aborted) {
    const { numAffectedRows = 0n } = await sql`delete from app.event where id in (
      select event.id from app.event event, app.event_cursor cursor
      where event.created_at < clock_timestamp() - make_interval(days => ${retentionDays})
        and (event.xid, event.id) <= (cursor.xid, cursor.id)
      order by event.created_at limit ${together})`.execute(db)
    forgotten += Number(numAffectedRows)
    if (numAffectedRows < BigInt(together)) break
  }
  return forgotten
}
