import { sql } from 'kysely'
import { ForgeError, type JobError } from '../../contract/errors'
import type { FollowerEvent } from '../../contract/followers'
import type { StepKind } from '../../contract/jobs'
import type { Db } from '../../storage/database'

/** A place in the order in which ends are told: after that of this job in this transaction. */
export interface Position {
  xid: string
  jobId: string
}

const together = 500

/** The place that a Last-Event-ID names; null: before everything. Throws `invalid_request`. */
export const parsePosition = (lastEventId: string | null): Position => {
  if (lastEventId === null) return { xid: '0', jobId: '' }
  const [, xid, jobId] = /^(\d{1,18}):([A-Za-z0-9_-]{1,200})$/.exec(lastEventId) ?? []
  if (xid !== undefined && jobId !== undefined) return { xid, jobId }
  throw new ForgeError('invalid_request', {
    detail: `Last-Event-ID: must be the id of an event of this stream (got ${JSON.stringify(lastEventId)}).`,
  })
}

export interface Ended {
  ended: { id: string; at: Position; event: FollowerEvent }[]
  /** `unsettled`: the next one waits for an older open transaction; `more`: there are more than one look gives */
  heldBack: 'unsettled' | 'more' | null
}

/**
 * The ends of a follower's jobs after `position`. An end has the place of the transaction that ended the job or of the
 * one that made this follower follow it, whichever is later: so a job that had ended before it was followed is told
 * after it was, also to a stream that had got further meanwhile. Only transactions below every open one are read, or
 * one that commits late would be passed over.
 */
export const endedAfter = async (
  db: Db,
  projectId: string,
  followerId: string,
  { xid, jobId }: Position,
): Promise<Ended> => {
  const { rows } = await sql<{
    id: string
    kind: StepKind
    status: 'succeeded' | 'failed' | 'cancelled'
    error: JobError | null
    ended_at: Date
    xid: string
    settled: boolean
  }>`select job.id, job.kind, job.status, job.error, job.ended_at, place.xid::text as xid,
      place.xid < pg_snapshot_xmin(pg_current_snapshot()) as settled
    from app.follower_job followed
    join app.job job on job.id = followed.job_id
    cross join lateral (select greatest(followed.xid, coalesce(job.ended_xid, '0'::xid8)) as xid) place
    where followed.project_id = ${projectId} and followed.follower_id = ${followerId}
      and job.status in ('succeeded', 'failed', 'cancelled')
      -- a place of another database cluster, whose numbers were further: all is told again
      and ((place.xid, job.id) > (${xid}::xid8, ${jobId}) or ${xid}::xid8 >= pg_snapshot_xmax(pg_current_snapshot()))
    order by place.xid, job.id
    limit ${together}`.execute(db)
  const settled = rows.filter((row) => row.settled)
  return {
    ended: settled.map((row) => ({
      id: `${row.xid}:${row.id}`,
      at: { xid: row.xid, jobId: row.id },
      event: {
        type: 'job.ended',
        job_id: row.id,
        kind: row.kind,
        status: row.status,
        error: row.error,
        ended_at: row.ended_at.toISOString(),
      },
    })),
    heldBack: settled.length < rows.length ? 'unsettled' : rows.length === together ? 'more' : null,
  }
}
