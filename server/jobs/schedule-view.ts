import { CronExpressionParser } from 'cron-parser'
import type { Selectable } from 'kysely'
import { ForgeError } from '../contract/errors'
import type { Schedule } from '../contract/schedules'
import type { Db } from '../storage/database'
import type { Tables } from '../storage/tables'

export type ScheduleRow = Selectable<Tables['app.schedule']>

/**
 * The next time of a cron line after `after`, in its time zone. A local time that a change of the clocks leaves out is
 * an hour later on that day; one that it repeats comes once. Throws `invalid_request` for a line that is none.
 */
export const nextTime = (cron: string, timeZone: string, after: Date): Date => {
  try {
    // six fields would be seconds, which a queue cannot keep
    if (cron.trim().split(/\s+/).length !== 5) throw new Error('it has not five fields')
    return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: after }).next().toDate()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ForgeError(
      'invalid_request',
      { detail: `cron: "${cron}" is no cron line: ${why}. Write minute hour day month weekday, e.g. "0 2 * * *".` },
      { param: 'cron', cause },
    )
  }
}

/** A schedule by id or name. Throws `schedule_not_found`. */
export const findSchedule = async (db: Db, id: string, projectId: string): Promise<ScheduleRow> => {
  const row = await db
    .selectFrom('app.schedule')
    .selectAll()
    .where('project_id', '=', projectId)
    .where((eb) => eb.or([eb('id', '=', id), eb('name', '=', id)]))
    .executeTakeFirst()
  if (!row) throw new ForgeError('schedule_not_found', { id })
  return row
}

export const viewSchedule = (row: ScheduleRow): Schedule => ({
  id: row.id,
  object: 'schedule',
  name: row.name,
  cron: row.cron,
  time_zone: row.time_zone,
  work: row.work as Schedule['work'],
  overlap: row.overlap,
  enabled: row.enabled,
  next_run_at: row.next_run_at?.toISOString() ?? null,
  last_run_at: row.last_run_at?.toISOString() ?? null,
  last_job_id: row.last_job_id,
  last_error: row.last_error,
  created_at: row.created_at.toISOString(),
})
