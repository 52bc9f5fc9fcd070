/** The few calls of Airflow's REST API that the tests need. */
export interface AirflowRest {
  call: <T>(method: string, path: string, body?: unknown) => Promise<T>
  /** Waits until a DAG file was read. */
  dag: (dagId: string) => Promise<void>
  /** Starts a run and gives its id. */
  run: (dagId: string, conf?: Record<string, unknown>) => Promise<string>
  task: (dagId: string, runId: string, taskId: string, mapIndex?: number) => Promise<TaskInstance>
  /** Waits until a task is in one of these states. Throws with what it was in when that takes too long. */
  until: (dagId: string, runId: string, taskId: string, states: string[], patience_ms?: number) => Promise<TaskInstance>
  /** Waits until a run has ended, and gives its state. */
  ended: (dagId: string, runId: string, patience_ms?: number) => Promise<string>
  xcom: <T>(dagId: string, runId: string, taskId: string) => Promise<T>
  log: (dagId: string, runId: string, taskId: string, tryNumber: number) => Promise<string>
  /** Waits until the log of a task has these words. */
  logged: (dagId: string, runId: string, taskId: string, tryNumber: number, words: string) => Promise<void>
}

export interface TaskInstance {
  state: string | null
  try_number: number
  max_tries: number
  start_date: string | null
  end_date: string | null
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1000))

/** Calls with a token; each throws with Airflow's own words when Airflow refuses. */
export const openAirflow = (url: string, token: string): AirflowRest => {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`Airflow answered ${method} ${path} with ${response.status}: ${text.slice(0, 800)}`)
    return (text === '' ? {} : JSON.parse(text)) as T
  }
  const runPath = (dagId: string, runId: string): string => `/api/v2/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}`
  const taskPath = (dagId: string, runId: string, taskId: string): string =>
    `${runPath(dagId, runId)}/taskInstances/${taskId}`
  const patient = async <T>(what: string, patience_ms: number, look: () => Promise<T | undefined>): Promise<T> => {
    let last: unknown
    for (const end = Date.now() + patience_ms; Date.now() < end; await pause()) {
      try {
        const found = await look()
        if (found !== undefined) return found
      } catch (error) {
        last = error
      }
    }
    throw new Error(`${what}: not within ${patience_ms} ms. ${last instanceof Error ? last.message : ''}`)
  }
  const rest: AirflowRest = {
    call,
    dag: (dagId) =>
      patient(`DAG ${dagId}`, 180_000, async () => {
        await call('GET', `/api/v2/dags/${dagId}`)
        return null
      }).then(() => undefined),
    async run(dagId, conf = {}) {
      const made = await call<{ dag_run_id: string }>('POST', `/api/v2/dags/${dagId}/dagRuns`, {
        logical_date: null,
        conf,
      })
      return made.dag_run_id
    },
    task: (dagId, runId, taskId, mapIndex) =>
      call('GET', `${taskPath(dagId, runId, taskId)}${mapIndex === undefined ? '' : `/${mapIndex}`}`),
    async until(dagId, runId, taskId, states, patience_ms = 240_000) {
      const found = await patient(`${dagId}.${taskId} ${states.join(' or ')}`, patience_ms, async () => {
        const now = await rest.task(dagId, runId, taskId)
        return [...states, 'failed', 'success', 'skipped'].includes(now.state ?? '') ? now : undefined
      })
      if (states.includes(found.state ?? '')) return found
      throw new Error(`${dagId}.${taskId} is ${found.state}, not ${states.join(' or ')}.`)
    },
    ended: (dagId, runId, patience_ms = 240_000) =>
      patient(`run of ${dagId} ended`, patience_ms, async () => {
        const { state } = await call<{ state: string }>('GET', runPath(dagId, runId))
        if (['success', 'failed'].includes(state)) return state
        const { task_instances: tasks } = await call<{ task_instances: (TaskInstance & { task_id: string })[] }>(
          'GET',
          `${runPath(dagId, runId)}/taskInstances`,
        )
        throw new Error(tasks.map((task) => `${task.task_id} is ${task.state} (try ${task.try_number})`).join(', '))
      }),
    async xcom(dagId, runId, taskId) {
      const { value } = await call<{ value: never }>(
        'GET',
        `${taskPath(dagId, runId, taskId)}/xcomEntries/return_value`,
      )
      return value
    },
    async log(dagId, runId, taskId, tryNumber) {
      return JSON.stringify(await call('GET', `${taskPath(dagId, runId, taskId)}/logs/${tryNumber}?full_content=true`))
    },
    logged: (dagId, runId, taskId, tryNumber, words) =>
      patient(`log of ${dagId}.${taskId} with "${words}"`, 120_000, async () =>
        (await rest.log(dagId, runId, taskId, tryNumber)).includes(words) ? null : undefined,
      ).then(() => undefined),
  }
  return rest
}
