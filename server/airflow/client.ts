import type { AxiosInstance, AxiosResponse } from 'axios'
import { AirflowError, failureOf, refusalOf } from './error'
import type { components, operations } from './rest'
import { tokenSource, type AirflowCredentials } from './token'

type Operation = keyof operations
type Answer<O extends Operation> = operations[O]['responses'] extends {
  200: { content: { 'application/json': infer Body } }
}
  ? Body
  : never
type Query<O extends Operation> = NonNullable<operations[O]['parameters']['query']>
type Schemas = components['schemas']

export type Dag = Schemas['DAGResponse']
export type DagDetails = Schemas['DAGDetailsResponse']
export type DagRun = Schemas['DAGRunResponse']
export type DagRunState = Schemas['DagRunState']
export type TaskInstance = Schemas['TaskInstanceResponse']
/** Fields that Airflow fills itself may be left out; `logical_date` may not, but may be null. */
export type NewDagRun = Pick<Schemas['TriggerDAGRunPostBody'], 'logical_date'> &
  Partial<Schemas['TriggerDAGRunPostBody']>

export interface AirflowOptions {
  /** Where people open Airflow, e.g. `https://airflow.example`; a path in it stays. */
  baseUrl: string
  credentials: AirflowCredentials
  /** Must not throw on a status (`validateStatus: () => true`). Brings time limits, TLS options and agents. */
  http: AxiosInstance
}

/** The part of Airflow's REST API that the bridge uses. Every method throws AirflowError. */
export interface Airflow {
  /** Such as `3.3.2`; needs no credentials. */
  version(): Promise<string>
  dags(query: Query<'get_dags'>): Promise<Answer<'get_dags'>>
  dag(dagId: string): Promise<Dag>
  /** With parameters. */
  dagDetails(dagId: string): Promise<DagDetails>
  /**
   * Starts a run, or finds the one with this id (`adopted`). Throws `conflict` where the DAG has another run of this
   * logical date.
   */
  startRun(dagId: string, run: NewDagRun & { dag_run_id: string }): Promise<{ run: DagRun; adopted: boolean }>
  run(dagId: string, runId: string): Promise<DagRun>
  /** Of all DAGs. `at`: the server's time, null where it does not say. */
  runs(query: Query<'get_dag_runs'>): Promise<Answer<'get_dag_runs'> & { at: Date | null }>
  /** Ends a run as failed: Airflow has no state for cancelled ones. */
  failRun(dagId: string, runId: string): Promise<void>
  /** Of all DAGs and runs, as the filter says. */
  taskInstances(filter: Partial<Schemas['TaskInstancesBatchBody']>): Promise<Answer<'get_task_instances_batch'>>
  /** What a task pushed; undefined where it pushed nothing under this key. `mapIndex` -1: the task is not mapped. */
  xcom(run: RunOf, task: { taskId: string; key: string; mapIndex?: number }): Promise<unknown>
  assets(query: Query<'get_assets'>): Promise<Answer<'get_assets'>>
  createAssetEvent(event: { asset_id: number; extra: Record<string, unknown> }): Promise<Answer<'create_asset_event'>>
}
export interface RunOf {
  dagId: string
  runId: string
}

interface Call {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  params?: object
  data?: object
}

const part = encodeURIComponent
const trimmed = (baseUrl: string): string => baseUrl.replace(/\/+$/, '')
const isOk = ({ status, data }: AxiosResponse<unknown>): boolean =>
  status >= 200 && status < 300 && typeof data === 'object' && data !== null

/** Whether another token would help: one that ran out, or was signed with another secret. Lacking rights is no such case. */
const isStale = ({ status, data }: AxiosResponse<unknown>): boolean =>
  status === 401 || (status === 403 && /token/i.test(JSON.stringify(data ?? '')))

/** A client for one Airflow 3 and one set of credentials. A token that is no longer taken is exchanged once per call. */
export const createAirflow = ({ baseUrl, credentials, http }: AirflowOptions): Airflow => {
  const base = trimmed(baseUrl)
  const tokens = tokenSource(http, `${base}/auth/token`, credentials)

  const send = async (call: Call, token: string | null): Promise<AxiosResponse<unknown>> => {
    try {
      return await http.request<unknown>({
        method: call.method,
        url: `${base}/api/v2${call.path}`,
        params: call.params,
        // lists are repeated parameters: FastAPI does not read `order_by[]`
        paramsSerializer: { indexes: null },
        data: call.data,
        headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      })
    } catch (error) {
      throw failureOf(error)
    }
  }
  const call = async (request: Call): Promise<AxiosResponse<unknown>> => {
    const token = await tokens.get()
    let answer = await send(request, token)
    if (isStale(answer)) {
      const renewed = await tokens.renew(token)
      if (renewed !== null) answer = await send(request, renewed)
    }
    if (isOk(answer)) return answer
    if (answer.status < 300) throw new AirflowError('not_airflow', 'it answers, but not with JSON', answer.status)
    throw refusalOf(answer as { status: number; data: unknown; headers: Record<string, unknown> })
  }
  // Airflow's own description of its answers is what the types are made of
  const read = async <O extends Operation>(request: Call): Promise<Answer<O>> => (await call(request)).data as Answer<O>

  const pathOf = ({ dagId, runId }: RunOf): string => `/dags/${part(dagId)}/dagRuns/${part(runId)}`
  const run = (dagId: string, runId: string): Promise<DagRun> =>
    read<'get_dag_run'>({ method: 'GET', path: pathOf({ dagId, runId }) })

  return {
    async version() {
      const answer = await send({ method: 'GET', path: '/version' }, null)
      if (!isOk(answer)) throw refusalOf(answer as never)
      return (answer.data as Answer<'get_version'>).version
    },
    dags: (params) => read<'get_dags'>({ method: 'GET', path: '/dags', params }),
    dag: (dagId) => read<'get_dag'>({ method: 'GET', path: `/dags/${part(dagId)}` }),
    dagDetails: (dagId) => read<'get_dag_details'>({ method: 'GET', path: `/dags/${part(dagId)}/details` }),
    async startRun(dagId, data) {
      try {
        const started = await read<'trigger_dag_run'>({ method: 'POST', path: `/dags/${part(dagId)}/dagRuns`, data })
        return { run: started, adopted: false }
      } catch (error) {
        if (!(error instanceof AirflowError) || error.problem !== 'conflict') throw error
        // the answer says only that something is there already: this run, or another of the same logical date
        return { run: await known(dagId, data.dag_run_id, error), adopted: true }
      }
    },
    run,
    async runs(params) {
      const answer = await call({ method: 'GET', path: '/dags/~/dagRuns', params })
      const at = new Date(String(answer.headers['date']))
      return { ...(answer.data as Answer<'get_dag_runs'>), at: Number.isNaN(at.getTime()) ? null : at }
    },
    async failRun(dagId, runId) {
      await read<'patch_dag_run'>({ method: 'PATCH', path: pathOf({ dagId, runId }), data: { state: 'failed' } })
    },
    taskInstances: (data) =>
      read<'get_task_instances_batch'>({ method: 'POST', path: '/dags/~/dagRuns/~/taskInstances/list', data }),
    async xcom(of, { taskId, key, mapIndex = -1 }) {
      try {
        const path = `${pathOf(of)}/taskInstances/${part(taskId)}/xcomEntries/${part(key)}`
        return (await read<'get_xcom_entry'>({ method: 'GET', path, params: { map_index: mapIndex } })).value
      } catch (error) {
        if (error instanceof AirflowError && error.problem === 'not_found') return undefined
        throw error
      }
    },
    assets: (params) => read<'get_assets'>({ method: 'GET', path: '/assets', params }),
    createAssetEvent: (data) => read<'create_asset_event'>({ method: 'POST', path: '/assets/events', data }),
  }

  async function known(dagId: string, runId: string, conflict: AirflowError): Promise<DagRun> {
    try {
      return await run(dagId, runId)
    } catch (error) {
      throw error instanceof AirflowError && error.problem === 'not_found' ? conflict : error
    }
  }
}

/** Where people see a run. */
export const runUrl = (baseUrl: string, { dagId, runId }: RunOf): string =>
  `${trimmed(baseUrl)}/dags/${part(dagId)}/runs/${part(runId)}`

/** Where people read the log of a task's last try. */
export const taskLogUrl = (
  baseUrl: string,
  task: Pick<TaskInstance, 'dag_id' | 'dag_run_id' | 'task_id' | 'map_index' | 'try_number'>,
): string => {
  const mapped = task.map_index >= 0 ? `/mapped/${task.map_index}` : ''
  const tried = task.try_number > 0 ? `?try_number=${task.try_number}` : ''
  return `${runUrl(baseUrl, { dagId: task.dag_id, runId: task.dag_run_id })}/tasks/${part(task.task_id)}${mapped}${tried}`
}
