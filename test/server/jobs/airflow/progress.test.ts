import { failureOf, progressOf } from '../../../../server/jobs/airflow/progress'

const task = (task_id: string, state: 'success' | 'failed' | 'running' | 'skipped' | null, map_index = -1) => ({
  dag_id: 'd',
  dag_run_id: 'r',
  task_id,
  map_index,
  state,
  try_number: state === null ? 0 : 2,
})

test('tasks are counted by state and listed with the address of their log', () => {
  const progress = progressOf('https://airflow.example/', { dagId: 'd', runId: 'r' }, [
    task('a', 'success'),
    task('b', 'running', 3),
    task('c', null),
    task('d', 'skipped'),
  ])

  expect(progress).toMatchObject({ step: 2, total: 4, metrics: { success: 1, running: 1, none: 1, skipped: 1 } })
  expect(progress.tasks?.map(({ log_url }) => log_url)).toEqual([
    'https://airflow.example/dags/d/runs/r/tasks/a?try_number=2',
    'https://airflow.example/dags/d/runs/r/tasks/b/mapped/3?try_number=2',
    'https://airflow.example/dags/d/runs/r/tasks/c',
    'https://airflow.example/dags/d/runs/r/tasks/d?try_number=2',
  ])
})

test('of thousands of mapped tasks all are counted and a hundred listed', () => {
  const progress = progressOf(
    'http://a',
    { dagId: 'd', runId: 'r' },
    Array.from({ length: 2_000 }, (_, index) => task('m', 'success', index)),
  )
  expect(progress).toMatchObject({ step: 2_000, total: 2_000 })
  expect(progress.tasks).toHaveLength(100)
})

test('a failure names the first tasks that failed', () => {
  expect(failureOf([task('a', 'success'), task('b', 'failed')])).toBe('task b failed')
  expect(failureOf(Array.from({ length: 7 }, (_, index) => task('m', 'failed', index)))).toBe(
    'tasks m[0], m[1], m[2], m[3], m[4] and 2 more failed',
  )
  expect(failureOf([task('a', 'success')])).toContain('no task of it failed')
})
