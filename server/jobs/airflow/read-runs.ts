import type { Airflow, DagRun, TaskInstance } from '../../airflow/client'
import { AirflowError } from '../../airflow/error'
import { ForgeError } from '../../contract/errors'
import type { OpenRun } from './open-runs'
import { dagRunIdPattern } from './take-queued'

/** As many as Airflow gives at once by default. */
const pageSize = 100
/** Pages of one look; what is beyond is found when its run has been silent for a while. */
const pagesPerLook = 20
/** The processes of Airflow write the time of a change by their own clocks, and commit it later. */
const overlap_ms = 30_000

/** Reads pages until one is not full, each from where the ones before ended. */
const allPages = async <T>(page: (offset: number) => Promise<readonly T[]>): Promise<T[]> => {
  const found: T[] = []
  for (let pages = 0; pages < pagesPerLook; pages++) {
    const more = await page(found.length)
    found.push(...more)
    if (more.length < pageSize) break
  }
  return found
}

/** The runs that Forge started, of all DAGs, that changed since, by id; and from when to ask next, by Airflow's clock. */
export const changedRuns = async (
  airflow: Airflow,
  since: Date,
): Promise<{ changed: Map<string, DagRun>; next: Date }> => {
  const times: (Date | null)[] = []
  const runs = await allPages(async (offset) => {
    const { dag_runs, at } = await airflow.runs({
      run_id_pattern: dagRunIdPattern,
      updated_at_gte: since.toISOString(),
      order_by: ['id'],
      limit: pageSize,
      offset,
    })
    times.push(at)
    return dag_runs
  })
  // of the first page: what changes while the others are read is asked for again
  const now = times[0] ?? new Date()
  return {
    changed: new Map(runs.map((run) => [run.dag_run_id, run])),
    next: new Date(now.getTime() - overlap_ms),
  }
}

/** One run. Throws ForgeError `airflow_run_lost` where it was deleted. */
export const runOf = async (airflow: Airflow, { dagId, runId }: OpenRun): Promise<DagRun> => {
  try {
    return await airflow.run(dagId, runId)
  } catch (error) {
    if (error instanceof AirflowError && error.problem === 'not_found')
      throw new ForgeError('airflow_run_lost', { dag_id: dagId, run_id: runId }, { cause: error })
    throw error
  }
}

/** The tasks of these runs, by run. */
export const tasksOf = async (airflow: Airflow, runIds: readonly string[]): Promise<Map<string, TaskInstance[]>> => {
  if (runIds.length === 0) return new Map()
  const tasks = await allPages(async (page_offset) => {
    const { task_instances } = await airflow.taskInstances({
      dag_run_ids: [...runIds],
      page_limit: pageSize,
      page_offset,
      order_by: 'id',
    })
    return task_instances
  })
  return Map.groupBy(tasks, ({ dag_run_id }) => dag_run_id)
}
