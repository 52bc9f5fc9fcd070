import { randomUUID } from 'node:crypto'
import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import { bulkJobs } from '../../jobs/bulk'
import { databaseNow } from '../../jobs/move-job'
import { listQueues, pauseQueue, resumeQueue } from '../../jobs/queue-pause'
import { findSchedule, nextTime, viewSchedule } from '../../jobs/schedule-view'
import { startWork } from '../../jobs/schedules'
import { getJob } from '../../jobs/view'
import { cleanJson, cleanText } from '../../storage/clean-text'
import { newId } from '../../storage/new-id'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

/** Steering many jobs: filters, queues, schedules. */
export const controlRoutes = (on: Register, { db, models, prices }: Ports): void => {
  on(routes.bulkJobs, ({ body, caller }) =>
    bulkJobs(db, caller.projectId, {
      action: body.action,
      filter: body.filter,
      after: body.after,
      dryRun: body.dry_run,
    }),
  )

  on(routes.listQueues, async () => listOf(await listQueues(db)))
  const queueOf = async (name: string) => {
    const found = (await listQueues(db)).find((queue) => queue.class === name)
    if (!found) throw new Error(`The queue ${name} is not among the queues.`)
    return found
  }
  on(routes.pauseQueue, async ({ params, caller }) => {
    await pauseQueue(db, params.class, caller.keyId)
    return await queueOf(params.class)
  })
  on(routes.resumeQueue, async ({ params }) => {
    await resumeQueue(db, params.class)
    return await queueOf(params.class)
  })

  const now = (): Promise<Date> => db.transaction().execute(databaseNow)
  on(routes.createSchedule, async ({ body, caller }) => {
    const next = nextTime(body.cron, body.time_zone, await now())
    const row = await db
      .insertInto('app.schedule')
      .values({
        id: newId('schedule'),
        project_id: caller.projectId,
        name: cleanText(body.name),
        cron: body.cron,
        time_zone: body.time_zone,
        work: cleanJson(body.work),
        overlap: body.overlap,
        enabled: body.enabled,
        next_run_at: body.enabled ? next : null,
        last_job_id: null,
      })
      .onConflict((on) => on.columns(['project_id', 'name']).doNothing())
      .returningAll()
      .executeTakeFirst()
    if (!row) throw new ForgeError('name_taken', { name: body.name })
    return viewSchedule(row)
  })
  on(routes.listSchedules, async ({ query, caller }) => {
    const rows = db.selectFrom('app.schedule').selectAll().where('project_id', '=', caller.projectId)
    const page = await pageOfRows(rows, query)
    return listOf(page.rows.map(viewSchedule), page.has_more)
  })
  on(routes.getSchedule, async ({ params, caller }) =>
    viewSchedule(await findSchedule(db, params.id, caller.projectId)),
  )
  on(routes.updateSchedule, async ({ params, body, caller }) => {
    const row = await findSchedule(db, params.id, caller.projectId)
    const { cron, time_zone, overlap, enabled } = { ...row, ...withoutUndefined(body) }
    const next = nextTime(cron, time_zone, await now())
    const changed = await db
      .updateTable('app.schedule')
      .set({
        cron,
        time_zone,
        overlap,
        enabled,
        next_run_at: enabled ? next : null,
        failed_starts: 0,
        retry_at: null,
        ...(body.work === undefined ? {} : { work: cleanJson(body.work) }),
      })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return viewSchedule(changed)
  })
  on(routes.deleteSchedule, async ({ params, caller }) => {
    const { id } = await findSchedule(db, params.id, caller.projectId)
    await db.deleteFrom('app.schedule').where('id', '=', id).execute()
    return { id, object: 'schedule', deleted: true as const }
  })
  on(routes.runSchedule, async ({ params, caller, idempotency }) => {
    const row = await findSchedule(db, params.id, caller.projectId)
    const jobId = await db.transaction().execute(async (tx) => {
      const id = await startWork(tx, row, `${row.id}/${idempotency.key ?? randomUUID()}`, models)
      await tx.updateTable('app.schedule').set({ last_job_id: id }).where('id', '=', row.id).execute()
      return id
    })
    return await getJob(db, jobId, caller.projectId, prices.currency)
  })
}

const withoutUndefined = <T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never
