import { sql } from 'kysely'
import type { OpenAirflow } from '../../connections/airflow'
import { ForgeError } from '../../contract/errors'
import type { Db } from '../../storage/database'
import { endJob } from './end-job'
import { lookAtRuns, settleAway } from './look'
import { openRuns } from './open-runs'
import { takeQueuedRuns } from './take-queued'

/** Seconds between two looks at an Airflow that answers. */
const lookEvery_s = 2
/** Longest pause before an Airflow that is away is asked again, in seconds. */
const longestPause_s = 30
/** A server that died while it looked gives its place to another after so long, in seconds. */
const hold_s = 60
/** The first look asks for changes of the time before it, in milliseconds. */
const firstLook_ms = 60_000

export interface AirflowFollower {
  /** Takes what is queued, and begins a look at each Airflow that is due. It does not wait for them. */
  turn(): Promise<void>
  /** Resolves when no look is under way. */
  settled(): Promise<void>
}

interface Follow {
  connection_id: string
  project_id: string
  changed_since: Date | null
  failures: number
}

/**
 * Follows the runs of all connections, one loop for the runs of each, one server at a time: one Airflow that is slow holds
 * no other up. What a server does twice after a crash does no harm: starts, stops and ends are all idempotent.
 */
export const followAirflow = (db: Db, openAirflow: OpenAirflow, onError: (error: Error) => void): AirflowFollower => {
  const busy = new Map<string, Promise<void>>()
  return {
    async turn() {
      await takeQueuedRuns(db)
      for (const id of await dueConnections(db)) {
        if (busy.has(id)) continue
        const looking = look(db, openAirflow, id)
          .catch((cause: unknown) => onError(new Error(`following the Airflow of connection ${id} failed`, { cause })))
          .finally(() => busy.delete(id))
        busy.set(id, looking)
      }
    },
    async settled() {
      await Promise.all(busy.values())
    },
  }
}

/** Connections with open runs whose time has come, or that have something to start or to stop. */
const dueConnections = async (db: Db): Promise<string[]> => {
  const rows = await db
    .selectFrom('app.airflow_follow as follow')
    .select('connection_id')
    .where(
      sql<boolean>`(held_until is null or held_until < clock_timestamp())
      and exists (select 1 from app.airflow_run run join app.job on app.job.id = run.job_id
        where run.connection_id = follow.connection_id and run.closed_at is null
          and (follow.next_look_at <= clock_timestamp()
            or (follow.failures = 0 and run.failing_since is null
              and (run.started_at is null or app.job.status <> 'running'))))`,
    )
    .execute()
  return rows.map(({ connection_id }) => connection_id)
}

const claim = async (db: Db, connectionId: string): Promise<Follow | undefined> =>
  await db
    .updateTable('app.airflow_follow')
    .set({ held_until: sql<Date>`clock_timestamp() + make_interval(secs => ${hold_s})` })
    .where('connection_id', '=', connectionId)
    .where(sql<boolean>`(held_until is null or held_until < clock_timestamp())`)
    .returning(['connection_id', 'project_id', 'changed_since', 'failures'])
    .executeTakeFirst()

const release = async (db: Db, follow: Follow, failures: number, changedSince: Date | null): Promise<void> => {
  const pause_s = failures === 0 ? lookEvery_s : Math.min(longestPause_s, 2 ** failures)
  await db
    .updateTable('app.airflow_follow')
    .set({
      held_until: null,
      failures,
      changed_since: changedSince,
      next_look_at: sql<Date>`clock_timestamp() + make_interval(secs => ${pause_s})`,
    })
    .where('connection_id', '=', follow.connection_id)
    .execute()
}

const look = async (db: Db, openAirflow: OpenAirflow, connectionId: string): Promise<void> => {
  const follow = await claim(db, connectionId)
  if (follow === undefined) return
  try {
    const airflow = await openAirflow(db, follow.project_id, connectionId)
    try {
      const since = follow.changed_since ?? new Date(Date.now() - firstLook_ms)
      const next = await lookAtRuns(db, airflow, await openRuns(db, connectionId), since)
      await release(db, follow, 0, next)
    } catch (error) {
      const problem = airflow.toForgeError(error)
      if (!(problem instanceof ForgeError)) throw error
      for (const run of await openRuns(db, connectionId)) await settleAway(db, run, problem)
      await release(db, follow, follow.failures + 1, follow.changed_since)
    }
  } catch (error) {
    // the connection is gone, or cannot be read: nothing can be asked any more
    if (error instanceof ForgeError)
      for (const run of await openRuns(db, connectionId)) await endJob(db, run, { error: error.toJobError() })
    await release(db, follow, follow.failures + 1, follow.changed_since)
    if (!(error instanceof ForgeError)) throw error
  }
}
