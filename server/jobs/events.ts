import type { JobEvent } from '../contract/jobs'
import type { Db } from '../storage/database'
import { isTerminal } from './states'
import type { Signals } from './signals'

/** Events of one job after `afterSeq`, oldest first. `seq` is given under the job's row lock, so none appears late. */
export const eventsAfter = async (db: Db, jobId: string, afterSeq: number, limit = 500): Promise<JobEvent[]> => {
  const rows = await db
    .selectFrom('app.job_event')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: `${row.job_id}:${String(row.seq)}`,
    object: 'job.event',
    job_id: row.job_id,
    seq: row.seq,
    name: row.name,
    data: row.data as JobEvent['data'],
    created_at: row.created_at.toISOString(),
  }))
}

/** Yields the events of a job as they are committed, and ends after the one that ended the job. */
export const followEvents = async function* (
  db: Db,
  signals: Signals,
  jobId: string,
  afterSeq: number,
  stop: AbortSignal,
): AsyncGenerator<JobEvent | 'idle'> {
  let last = afterSeq
  while (!stop.aborted) {
    // looked up before the events: if the job has ended by now, its last event is among what is read next
    const job = await db.selectFrom('app.job').select('status').where('id', '=', jobId).executeTakeFirst()
    const events = await eventsAfter(db, jobId, last)
    for (const event of events) {
      last = event.seq
      yield event
    }
    if (events.length > 0) continue
    if (!job || isTerminal(job.status)) return
    yield 'idle'
    await signals.wait([`job:${jobId}`], 2000, stop)
  }
}
