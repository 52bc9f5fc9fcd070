import type { z } from 'zod'
import { events, type EventType, type ForgeEvent } from '../contract/events'
import type { Tx } from '../storage/database'
import { newId } from '../storage/new-id'
import { viewEvent } from './read-events'

const example = (schema: z.ZodType, name: string): unknown => {
  for (const value of [`${name}_example`, 1, true, null, '2026-01-01T00:00:00.000Z', {}])
    if (schema.safeParse(value).success) return value
  const options = (schema as { options?: readonly unknown[] }).options
  return options?.[0] ?? null
}

/** The newest event of a type in this project, or one made up from its schema, which says so. */
export const sampleEvent = async (
  tx: Tx,
  projectId: string,
  type: EventType,
): Promise<ForgeEvent & { sample: boolean }> => {
  const row = await tx
    .selectFrom('app.event')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('type', '=', type)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row) return { ...viewEvent(row), sample: false }
  const fields = Object.entries(events[type].data.shape as Record<string, z.ZodType>)
  const data = Object.fromEntries(fields.map(([name, schema]) => [name, example(schema, name)]))
  return { ...viewEvent({ id: newId('event'), type, data, created_at: new Date() }), sample: true }
}
