import { sql } from 'kysely'
import { ForgeError } from '../contract/errors'
import type { EventType, ForgeEvent } from '../contract/events'
import type { Db } from '../storage/database'
import { eventsAfterPosition, viewEvent, type Position } from './read-events'

export interface FollowOptions {
  projectId: string
  /** from `positionOf` */
  after: Position
  /** null: all */
  types: readonly EventType[] | null
  wake: (ms: number) => Promise<void>
  stop: AbortSignal
}

/** Yields a project's events in the order of their commits, and `idle` when it waits. Ends with `stop` only. */
export const followProjectEvents = async function* (
  db: Db,
  { projectId, after, types, wake, stop }: FollowOptions,
): AsyncGenerator<ForgeEvent | 'idle'> {
  let position = after
  while (!stop.aborted) {
    // listening begins before the look: an event meanwhile is not slept through
    const next = wake(2000)
    const events = await eventsAfterPosition(db, position, { projectId, types })
    for (const event of events) {
      position = event
      yield viewEvent(event)
    }
    if (events.length > 0) continue
    yield 'idle'
    await next
  }
}

const isEventId = (id: string): boolean => /^evt_[0-9a-z]{26}$/.test(id)

/**
 * The place after the event with this id, or from now on. Throws `event_expired` for one that is older than every event
 * that is kept, and `invalid_request` for any other that the project does not have.
 */
export const positionOf = async (db: Db, projectId: string, id: string | null): Promise<Position> => {
  if (id === null) {
    const { rows } = await sql<{
      xid: string
    }>`select pg_snapshot_xmin(pg_current_snapshot())::text as xid`.execute(db)
    // before everything that this and later transactions write
    return { xid: rows[0]?.xid ?? '0', id: '' }
  }
  const seen = await db
    .selectFrom('app.event')
    .select(['id', sql<string>`xid::text`.as('xid')])
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (seen) return seen
  // ids sort by their time: those that were forgotten come before all others
  const older = await db.selectFrom('app.event').select('id').where('id', '<=', id).limit(1).executeTakeFirst()
  if (isEventId(id) && older === undefined) throw new ForgeError('event_expired', { id })
  throw new ForgeError('invalid_request', {
    detail: `Last-Event-ID: must be the id of an event of this project (got ${JSON.stringify(id)}).`,
  })
}
