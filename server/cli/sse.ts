import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The `data` of each server-sent event, its lines joined; comments and other fields are passed over. */
export async function* serverSentEvents(stream: Readable): AsyncGenerator<string> {
  let data: string[] = []
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n')
      data = []
    } else if (line.startsWith('data:')) {
      data.push(line.slice(5).replace(/^ /, ''))
    }
  }
  if (data.length > 0) yield data.join('\n')
}
