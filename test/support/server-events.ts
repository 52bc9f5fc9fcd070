import type { Readable } from 'node:stream'
import { createInterface } from 'node:readline'

export interface ServerEvent {
  id: string | null
  event: string
  data: Record<string, unknown>
}

/** The events of an SSE stream; comments are left out. */
export const serverEvents = async function* (stream: Readable): AsyncGenerator<ServerEvent> {
  let id: string | null = null
  let event = 'message'
  for await (const line of createInterface({ input: stream })) {
    if (line.startsWith('id: ')) id = line.slice(4)
    if (line.startsWith('event: ')) event = line.slice(7)
    if (!line.startsWith('data: ')) continue
    yield { id, event, data: JSON.parse(line.slice(6)) as Record<string, unknown> }
    id = null
  }
}
