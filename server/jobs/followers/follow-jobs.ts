import { sql } from 'kysely'
import { progressEverySeconds, type FollowerEvent } from '../../contract/followers'
import type { Db } from '../../storage/database'
import { renewFollower } from './follower'
import { endedAfter, type Position } from './read-ended'

/** Lines of a follower's stream; `id` null: it is not resumed from. */
export type FollowerLine = { id: string | null; event: FollowerEvent } | 'idle'

export interface FollowOptions {
  projectId: string
  followerId: string
  /** from `parsePosition` */
  after: Position
  wake: (ms: number) => Promise<void>
  stop: AbortSignal
}

/** A poll that follows the signals, which may be lost. */
const poll_ms = 2000

/** The look again where an end is held back by an older open transaction. */
const heldBack_ms = 100

/**
 * Yields the end of each job of a follower once after `after`, and what the open ones are at, for as long as the
 * follower is there; `idle` when it has nothing to say. Renews the lease each time a third of it has passed.
 */
export const followJobs = async function* (
  db: Db,
  { projectId, followerId, after, wake, stop }: FollowOptions,
): AsyncGenerator<FollowerLine> {
  let position = after
  let told = new Map<string, string>()
  let renewAt = 0
  let progressAt = 0
  while (!stop.aborted) {
    // listening begins before the look: an end meanwhile is not slept through
    const next = wake(poll_ms)
    if (Date.now() >= renewAt) {
      const leaseSeconds = await renewFollower(db, projectId, followerId)
      // deleted, or lapsed while the database was away: the stream ends, and whoever opens it again is told
      if (leaseSeconds === null) return
      renewAt = Date.now() + (leaseSeconds * 1000) / 3
    }
    const { ended, heldBack } = await endedAfter(db, projectId, followerId, position)
    for (const { id, at, event } of ended) {
      position = at
      yield { id, event }
    }
    let isQuiet = ended.length === 0
    if (Date.now() >= progressAt) {
      progressAt = Date.now() + progressEverySeconds * 1000
      const now = await progressOf(db, projectId, followerId)
      for (const [id, { text, event }] of now) {
        if (told.get(id) === text) continue
        isQuiet = false
        yield { id: null, event }
      }
      told = new Map([...now].map(([id, { text }]) => [id, text]))
    }
    if (isQuiet) yield 'idle'
    if (heldBack === 'more') continue
    await (heldBack === 'unsettled' ? wake(heldBack_ms) : next)
  }
}

/** What the open jobs of a follower are at, by id. */
const progressOf = async (db: Db, projectId: string, followerId: string) => {
  const rows = await db
    .selectFrom('app.follower_job')
    .innerJoin('app.job', 'app.job.id', 'app.follower_job.job_id')
    .select(['app.job.id', 'status', 'status_reason', 'progress'])
    .where('app.follower_job.project_id', '=', projectId)
    .where('follower_id', '=', followerId)
    .where(sql<boolean>`status not in ('succeeded', 'failed', 'cancelled')`)
    .execute()
  return new Map(
    rows.map(({ id, ...rest }) => {
      const event: FollowerEvent = { type: 'job.progress', job_id: id, ...rest }
      return [id, { text: JSON.stringify(event), event }] as const
    }),
  )
}
