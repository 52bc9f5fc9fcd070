import { sql } from 'kysely'
import type { ForgeEvent } from '../contract/events'
import type { Tx } from '../storage/database'
import type { Json } from '../storage/tables'

/** A place in the order of commits: after the event with this transaction and id. */
export interface Position {
  xid: string
  id: string
}
export interface StoredEvent extends Position {
  project_id: string
  type: ForgeEvent['type']
  data: Json
  created_at: Date
}

export interface EventFilter {
  projectId?: string
  /** null: all */
  types?: readonly ForgeEvent['type'][] | null
  /** events at once, at most; default 500 */
  limit?: number
}

/**
 * Events after `position`, in the order (transaction, id), and only of transactions below every open one: an event that
 * commits late is never passed over, which a cursor on ids alone would do. An open transaction holds the newest back.
 */
export const eventsAfterPosition = async (
  tx: Tx,
  { xid, id }: Position,
  { projectId, types = null, limit = 500 }: EventFilter = {},
): Promise<StoredEvent[]> => {
  let rows = tx
    .selectFrom('app.event')
    .select(['id', sql<string>`xid::text`.as('xid'), 'project_id', 'type', 'data', 'created_at'])
    .where(sql<boolean>`(xid, id) > (${xid}::xid8, ${id}) and xid < pg_snapshot_xmin(pg_current_snapshot())`)
  if (projectId !== undefined) rows = rows.where('project_id', '=', projectId)
  if (types !== null) rows = rows.where('type', 'in', types)
  return await rows
    .orderBy(sql`xid`)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** An event as it is listed and sent. */
export const viewEvent = (row: Pick<StoredEvent, 'id' | 'type' | 'data' | 'created_at'>): ForgeEvent => ({
  id: row.id,
  object: 'event',
  type: row.type,
  created_at: row.created_at.toISOString(),
  data: row.data as ForgeEvent['data'],
})
