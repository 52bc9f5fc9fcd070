import { sql } from 'kysely'
import { Readable } from 'node:stream'
import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import { cancelJob, pauseJob, resumeJob, retryJob } from '../../jobs/control'
import { estimateJob } from '../../jobs/estimate'
import { eventsAfter, followEvents } from '../../jobs/events'
import { startJob } from '../../jobs/start-job'
import { getJob, viewJobs } from '../../jobs/view'
import { powerOf } from '../../ledger/power-of'
import { clientGone } from '../client-gone'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

export const jobRoutes = (on: Register, { db, signals, prices, stopping, models }: Ports): void => {
  const show = (id: string, projectId: string) => getJob(db, id, projectId, prices.currency)

  on(routes.createJob, async ({ body, caller, idempotency }) =>
    show(await startJob(db, caller.projectId, body, idempotency, models), caller.projectId),
  )
  on(routes.estimateJob, ({ body, caller }) => estimateJob(db, caller.projectId, body, prices.currency))
  on(routes.listJobs, async ({ query, caller }) => {
    let rows = db.selectFrom('app.job').selectAll().where('project_id', '=', caller.projectId)
    if (query.status) rows = rows.where('status', '=', query.status)
    if (query.kind) rows = rows.where('kind', '=', query.kind)
    if (query.parent_id !== undefined) rows = rows.where('parent_id', '=', query.parent_id)
    if (query.metadata !== undefined) {
      const at = query.metadata.indexOf('=')
      const wanted = { [query.metadata.slice(0, at)]: query.metadata.slice(at + 1) }
      rows = rows.where(sql<boolean>`metadata @> ${JSON.stringify(wanted)}::jsonb`)
    }
    const page = await pageOfRows(rows, query)
    return listOf(await viewJobs(db, page.rows, prices.currency), page.has_more)
  })
  on(routes.getJob, ({ params, caller }) => show(params.id, caller.projectId))
  on(routes.cancelJob, async ({ params, caller }) => {
    await cancelJob(db, params.id, caller.projectId)
    return await show(params.id, caller.projectId)
  })
  on(routes.pauseJob, async ({ params, caller }) => {
    await pauseJob(db, params.id, caller.projectId)
    return await show(params.id, caller.projectId)
  })
  on(routes.resumeJob, async ({ params, caller }) => {
    await resumeJob(db, params.id, caller.projectId)
    return await show(params.id, caller.projectId)
  })
  on(routes.retryJob, async ({ params, caller }) =>
    show(await retryJob(db, params.id, caller.projectId), caller.projectId),
  )

  on(routes.listJobEvents, async ({ params, query, caller }) => {
    await show(params.id, caller.projectId)
    const events = await eventsAfter(db, params.id, Number(query.after?.split(':')[1] ?? 0), query.limit + 1)
    return listOf(events.slice(0, query.limit), events.length > query.limit)
  })
  on(routes.streamJobEvents, async ({ params, caller, request, reply }) => {
    await show(params.id, caller.projectId)
    const last = request.headers['last-event-id']
    const after = typeof last === 'string' ? Number(last.split(':').at(-1)) : 0
    if (!Number.isInteger(after) || after < 0)
      throw new ForgeError('invalid_request', {
        detail: `Last-Event-ID: must be the id of an event of this job (got ${JSON.stringify(last)}).`,
      })
    const stop = AbortSignal.any([clientGone(reply), stopping])
    const lines = async function* (): AsyncGenerator<string> {
      yield 'retry: 1000\n\n'
      for await (const event of followEvents(db, signals, params.id, after, stop)) {
        // a comment keeps proxies from closing a quiet stream
        yield event === 'idle'
          ? ': waiting\n\n'
          : `id: ${event.id}\nevent: ${event.name}\ndata: ${JSON.stringify(event)}\n\n`
      }
    }
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(Readable.from(lines()))
  })
  on(routes.getJobPower, async ({ params, caller }) => {
    await show(params.id, caller.projectId)
    const points = await powerOf(db, params.id)
    return { job_id: params.id, points: points.map(({ at, watts }) => ({ at: at.toISOString(), watts })) }
  })
  on(routes.getJobLogs, async ({ params, caller }) => {
    await show(params.id, caller.projectId)
    const rows = await db
      .selectFrom('app.job_log')
      .select(['attempt', 'at', 'line'])
      .where('job_id', '=', params.id)
      .orderBy('id', 'desc')
      .limit(2000)
      .execute()
    return {
      job_id: params.id,
      lines: rows.reverse().map((row) => ({ attempt: row.attempt, at: row.at.toISOString(), line: row.line })),
    }
  })
}
