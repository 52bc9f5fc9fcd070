import { Readable } from 'node:stream'
import { routes } from '../../contract/routes'
import { followProjectEvents, positionOf } from '../../webhooks/follow-events'
import { viewEvent } from '../../webhooks/read-events'
import { sampleEvent } from '../../webhooks/sample-event'
import { clientGone } from '../client-gone'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

export const eventRoutes = (on: Register, { db, signals, stopping }: Ports): void => {
  on(routes.listEvents, async ({ query, caller }) => {
    let rows = db.selectFrom('app.event').selectAll().where('project_id', '=', caller.projectId)
    if (query.types) rows = rows.where('type', 'in', query.types)
    const page = await pageOfRows(rows, query)
    return listOf(page.rows.map(viewEvent), page.has_more)
  })
  on(routes.getEventSample, ({ query, caller }) => sampleEvent(db, caller.projectId, query.type))
  on(routes.streamEvents, async ({ query, caller, request, reply }) => {
    const last = request.headers['last-event-id']
    const after = await positionOf(db, caller.projectId, typeof last === 'string' ? last : null)
    const stop = AbortSignal.any([clientGone(reply), stopping])
    const lines = async function* (): AsyncGenerator<string> {
      yield 'retry: 1000\n\n'
      const events = followProjectEvents(db, {
        projectId: caller.projectId,
        after,
        types: query.types ?? null,
        wake: (ms) => signals.wait(['event'], ms, stop),
        stop,
      })
      for await (const event of events) {
        // a comment keeps proxies from closing a quiet stream
        yield event === 'idle'
          ? ': waiting\n\n'
          : `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
      }
    }
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(Readable.from(lines()))
  })
}
