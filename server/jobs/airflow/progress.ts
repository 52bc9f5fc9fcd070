import { runUrl, taskLogUrl, type TaskInstance } from '../../airflow/client'
import type { Progress } from '../../contract/jobs'

/** Tasks that are listed; mapped ones can be thousands. */
const listed = 100

const endStates: ReadonlySet<string> = new Set(['success', 'failed', 'skipped', 'upstream_failed', 'removed'])

type Task = Pick<TaskInstance, 'dag_id' | 'dag_run_id' | 'task_id' | 'map_index' | 'state' | 'try_number'>

/** How far a run is: its tasks, counted by state and listed with their logs. Pure. */
export const progressOf = (
  baseUrl: string,
  run: { dagId: string; runId: string },
  tasks: readonly Task[],
): Progress => {
  const metrics: Record<string, number> = {}
  for (const { state } of tasks) metrics[state ?? 'none'] = (metrics[state ?? 'none'] ?? 0) + 1
  return {
    step: tasks.filter(({ state }) => state !== null && endStates.has(state)).length,
    total: tasks.length === 0 ? null : tasks.length,
    unit: 'tasks',
    eta_seconds: null,
    metrics,
    url: runUrl(baseUrl, run),
    tasks: tasks.slice(0, listed).map((task) => ({
      task_id: task.task_id,
      map_index: task.map_index,
      state: task.state,
      try_number: task.try_number,
      log_url: taskLogUrl(baseUrl, task),
    })),
  }
}

/** Why a run failed, as its tasks tell it. Pure. */
export const failureOf = (tasks: readonly Task[]): string => {
  const failed = tasks
    .filter(({ state }) => state === 'failed')
    .map(({ task_id, map_index }) => (map_index >= 0 ? `${task_id}[${map_index}]` : task_id))
  if (failed.length === 0) return 'no task of it failed: it was marked so, or ran out of time'
  const [shown, others] = [failed.slice(0, 5), failed.length - 5]
  return `${failed.length === 1 ? 'task' : 'tasks'} ${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''} failed`
}
