import type { DagRun, TaskInstance } from '../../airflow/client'
import { AirflowError } from '../../airflow/error'
import type { ConnectedAirflow } from '../../connections/airflow'
import type { AirflowDagResult } from '../../contract/airflow'
import { ForgeError } from '../../contract/errors'
import { cleanJson } from '../../storage/clean-text'
import type { Db } from '../../storage/database'
import { appendEvent } from '../../storage/sql/append-event'
import type { Json } from '../../storage/tables'
import { endJob } from './end-job'
import { mark, type OpenRun } from './open-runs'
import { failureOf, progressOf } from './progress'
import { changedRuns, runOf, tasksOf } from './read-runs'
import { startRun } from './start-run'
import { stopRun } from './stop-run'
import { clearTrouble, isEnded, noteTrouble } from './trouble'
import { readXComs } from './xcoms'

/** Runs of one look that are started, stopped, or read; the rest is for the next. */
const together = 50
/** Tasks of a run are read again after so long, in seconds, unless the run ended. */
const tasksEvery_s = 10
/** A run that no list of changes named for so long is asked for by itself: it may have been deleted. */
const silent_s = 60
/** A run that Airflow could not be asked about is left alone for so long. */
const rest_s = 10

/** Nothing else can be asked there either. */
const isAway = (error: unknown): boolean =>
  error instanceof AirflowError && ['unreachable', 'tls', 'not_airflow'].includes(error.problem)

interface Read {
  run: OpenRun
  seen: DagRun
}

/**
 * One look at an Airflow: ends the runs whose job has ended, starts those of new jobs, and reads what changed in all others
 * since `since`. What goes wrong with one run is that run's; where Airflow is away it throws AirflowError. Gives the time
 * to ask from at the next look, by Airflow's clock; null while no run goes on.
 */
export const lookAtRuns = async (
  db: Db,
  airflow: ConnectedAirflow,
  runs: readonly OpenRun[],
  since: Date,
): Promise<Date | null> => {
  const each = async (some: readonly OpenRun[], work: (run: OpenRun) => Promise<void>): Promise<void> => {
    for (const run of some) {
      try {
        await work(run)
        await clearTrouble(db, run)
      } catch (error) {
        if (isAway(error)) throw error
        await settleProblem(db, run, airflow.toForgeError(error), error)
      }
    }
  }
  const ready = runs.filter(({ failingFor_s, looked_s }) => failingFor_s === null || (looked_s ?? rest_s) >= rest_s)
  await each(ready.filter(isEnded).slice(0, together), (run) => stopRun(db, airflow, run))
  const open = ready.filter((run) => !isEnded(run))
  await each(open.filter(({ started }) => !started).slice(0, together), (run) => startRun(db, airflow, run))

  const followed = open.filter(({ started }) => started)
  if (followed.length === 0) return null
  const { changed, next } = await changedRuns(airflow.client, since)
  const found: Read[] = []
  await each(followed, async (run) => {
    const silent = run.looked_s === null || run.looked_s > silent_s
    const seen = changed.get(run.runId) ?? (silent ? await runOf(airflow.client, run) : undefined)
    if (seen !== undefined && (hasEnded(seen) || (run.looked_s ?? tasksEvery_s) >= tasksEvery_s))
      found.push({ run, seen })
  })
  const read = found.sort((a, b) => Number(hasEnded(b.seen)) - Number(hasEnded(a.seen))).slice(0, together)
  const tasks = await tasksOf(
    airflow.client,
    read.map(({ run }) => run.runId),
  )
  for (const { run, seen } of read) await each([run], () => tell(db, airflow, run, seen, tasks.get(run.runId) ?? []))
  return next
}

const hasEnded = ({ state }: DagRun): boolean => state === 'success' || state === 'failed'

/** What another look would not change ends the job; anything else is waited for. */
const settleProblem = async (db: Db, run: OpenRun, problem: unknown, cause: unknown): Promise<void> => {
  if (!(problem instanceof ForgeError)) throw cause
  const final = !(cause instanceof AirflowError) || (!run.started && problem.code !== 'airflow_unavailable')
  if (final) await endJob(db, run, { error: problem.toJobError() })
  else await noteTrouble(db, run, problem, { away: false })
}

/** The same for every open run of an Airflow that is away. */
export const settleAway = async (db: Db, run: OpenRun, problem: ForgeError): Promise<void> => {
  if (!isEnded(run) && !run.started && problem.code !== 'airflow_unavailable')
    await endJob(db, run, { error: problem.toJobError() })
  else await noteTrouble(db, run, problem, { away: true })
}

/** Writes what a run is at, and ends its job with it. */
const tell = async (
  db: Db,
  airflow: ConnectedAirflow,
  run: OpenRun,
  seen: DagRun,
  tasks: readonly TaskInstance[],
): Promise<void> => {
  const progress = progressOf(airflow.baseUrl, run, tasks)
  await db.transaction().execute(async (tx) => {
    await mark(tx, run.jobId, 'looked_at')
    if (JSON.stringify(progress.tasks) === JSON.stringify(run.progress?.tasks)) return
    const job = await tx
      .updateTable('app.job')
      .set({ progress: cleanJson(progress) })
      .where('id', '=', run.jobId)
      .where('status', '=', 'running')
      .returning('id')
      .executeTakeFirst()
    // the list of tasks is in the job; a copy in each event would be most of the table
    if (job) await appendEvent(tx, run.jobId, 'job.progress', { ...progress, tasks: undefined })
  })
  if (seen.state === 'success') await endJob(db, run, { result: await resultOf(airflow, run, seen) })
  if (seen.state === 'failed') {
    const facts = { dag_id: run.dagId, run_id: run.runId, detail: failureOf(tasks) }
    await endJob(db, run, { error: new ForgeError('airflow_run_failed', facts).toJobError() })
  }
}

const resultOf = async (airflow: ConnectedAirflow, run: OpenRun, seen: DagRun): Promise<Json> => {
  const result: AirflowDagResult = {
    dag_id: run.dagId,
    dag_run_id: run.runId,
    url: progressOf(airflow.baseUrl, run, []).url ?? '',
    started_at: seen.start_date,
    ended_at: seen.end_date,
    duration_seconds: seen.duration,
    xcoms: await readXComs(airflow, run),
  }
  return result
}
