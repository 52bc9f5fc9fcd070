import type { EventData, EventType } from '../../contract/events'
import { cleanJson } from '../clean-text'
import type { Tx } from '../database'
import { newId } from '../new-id'
import { notify } from './append-event'

/** Writes an event of the catalogue in the caller's transaction: it happened if, and only if, that commits. */
export const emitEvent = <T extends EventType>(tx: Tx, projectId: string, type: T, data: EventData<T>): Promise<void> =>
  emitEvents(tx, type, [{ projectId, data }])

/** The same for several events of one type, in one statement. */
export const emitEvents = async <T extends EventType>(
  tx: Tx,
  type: T,
  events: readonly { projectId: string; data: EventData<T> }[],
): Promise<void> => {
  if (events.length === 0) return
  await tx
    .insertInto('app.event')
    .values(
      events.map(({ projectId, data }) => ({ id: newId('event'), project_id: projectId, type, data: cleanJson(data) })),
    )
    .execute()
  await notify(tx, 'event')
}
