import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DagDetails, DagRun, DagRunState, TaskInstance } from '../../server/airflow/client'
import type { components } from '../../server/airflow/rest'

type Schemas = components['schemas']
type Reply = { status: number; body: unknown }

export interface Asked {
  method: string
  /** from `/api/v2` on, without its query */
  path: string
  query: URLSearchParams
  body: Record<string, unknown>
}

/**
 * Airflow's REST protocol without Airflow behind it: what a run does is what the test says. Shapes are those of its OpenAPI
 * file; refusals are as Airflow 3.3.2 gives them.
 */
export interface AirflowStandIn {
  url: string
  user: { username: string; password: string }
  asked: Asked[]
  addDag(id: string, change?: Partial<DagDetails>): void
  /** The runs that were started, by their id. */
  runs: Map<string, DagRun>
  /** Resolves with the run of a job, once it was started. */
  runOf(jobId: string): Promise<DagRun>
  /** A run takes up another state, with these tasks. */
  move(runId: string, state: DagRunState, tasks?: Record<string, TaskInstance['state']>): void
  pushXCom(runId: string, taskId: string, key: string, value: unknown): void
  addAsset(name: string, uri: string): number
  assetEvents: Schemas['CreateAssetEventsBody'][]
  /** Lets every token that was given out run out. */
  expireTokens(): void
  /** While it is down every connection is closed without an answer. */
  down: boolean
  /** Drops the answer to the next start of a run, after the run was made. */
  dropNextStart: boolean
  /** Resolves at the next call that this is true of. */
  next(what: (call: Asked) => boolean): Promise<Asked>
  stop(): Promise<void>
}

const now = (): string => new Date().toISOString()

/** What is deprecated in it is left out. */
type StandInDag = Omit<DagDetails, 'concurrency'>

const dagOf = (dag_id: string, change: Partial<DagDetails>): StandInDag => ({
  dag_id,
  dag_display_name: dag_id,
  is_paused: false,
  is_stale: false,
  last_parsed_time: null,
  last_parse_duration: null,
  last_expired: null,
  bundle_name: null,
  bundle_version: null,
  relative_fileloc: null,
  fileloc: `/dags/${dag_id}.py`,
  description: null,
  timetable_summary: null,
  timetable_description: null,
  timetable_partitioned: false,
  timetable_periodic: false,
  tags: [],
  max_active_tasks: 16,
  max_active_runs: 16,
  max_consecutive_failed_dag_runs: 0,
  has_task_concurrency_limits: false,
  has_import_errors: false,
  next_dagrun_logical_date: null,
  next_dagrun_data_interval_start: null,
  next_dagrun_data_interval_end: null,
  next_dagrun_run_after: null,
  allowed_run_types: null,
  owners: ['airflow'],
  catchup: false,
  dag_run_timeout: null,
  asset_expression: null,
  doc_md: null,
  start_date: null,
  end_date: null,
  is_paused_upon_creation: null,
  params: {},
  render_template_as_native_obj: false,
  template_search_path: null,
  timezone: 'UTC',
  last_parsed: null,
  default_args: {},
  is_backfillable: false,
  file_token: '',
  latest_dag_version: null,
  active_runs_count: 0,
  is_favorite: false,
  ...change,
})

const taskOf = (run: DagRun, task_id: string, state: TaskInstance['state']): TaskInstance => ({
  id: `${run.dag_run_id}/${task_id}`,
  task_id,
  dag_id: run.dag_id,
  dag_run_id: run.dag_run_id,
  map_index: -1,
  logical_date: null,
  run_after: run.run_after,
  start_date: null,
  end_date: null,
  duration: null,
  state,
  try_number: 1,
  max_tries: 0,
  task_display_name: task_id,
  dag_display_name: run.dag_display_name,
  hostname: null,
  unixname: null,
  pool: 'default_pool',
  pool_slots: 1,
  queue: null,
  priority_weight: null,
  operator: null,
  operator_name: null,
  queued_when: null,
  scheduled_when: null,
  pid: null,
  executor: null,
  executor_config: '{}',
  note: null,
  rendered_map_index: null,
  rendered_fields: {},
  trigger: null,
  triggerer_job: null,
  dag_version: null,
})

const runFrom = (dag_id: string, body: Schemas['TriggerDAGRunPostBody']): DagRun => ({
  dag_run_id: body.dag_run_id ?? 'manual',
  dag_id,
  logical_date: body.logical_date,
  queued_at: now(),
  start_date: null,
  end_date: null,
  duration: null,
  data_interval_start: null,
  data_interval_end: null,
  run_after: now(),
  last_scheduling_decision: null,
  run_type: 'manual',
  state: 'queued',
  triggered_by: 'rest_api',
  triggering_user_name: 'admin',
  conf: body.conf ?? {},
  note: body.note ?? null,
  dag_versions: [],
  bundle_version: null,
  dag_display_name: dag_id,
  partition_key: null,
  partition_date: null,
})

const textOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

const refuse = (status: number, detail: string): Reply => ({ status, body: { detail } })
const contains = (text: string, pattern: string | null): boolean =>
  pattern === null || text.includes(pattern.replaceAll('%', ''))

export const startAirflowStandIn = async (): Promise<AirflowStandIn> => {
  const user = { username: 'admin', password: 'pass-of-the-stand-in' }
  const dags = new Map<string, StandInDag>()
  const runs = new Map<string, DagRun>()
  const changedAt = new Map<string, number>()
  const tasks = new Map<string, TaskInstance[]>()
  const xcoms = new Map<string, unknown>()
  const assets: Schemas['AssetResponse'][] = []
  const valid = new Set<string>()
  const expired = new Set<string>()
  const waiting: { what: (call: Asked) => boolean; resolve: (call: Asked) => void }[] = []
  let tokens = 0

  const change = (run: DagRun): void => {
    runs.set(run.dag_run_id, run)
    changedAt.set(run.dag_run_id, Date.now())
  }

  const start = (dagId: string, body: Schemas['TriggerDAGRunPostBody']): Reply => {
    const dag = dags.get(dagId)
    if (!dag) return refuse(404, `Dag with dag_id: '${dagId}' not found`)
    const id = body.dag_run_id ?? ''
    const twin = [...runs.values()].some(
      (run) => run.dag_id === dagId && run.logical_date !== null && run.logical_date === body.logical_date,
    )
    if (runs.has(id) || twin) return refuse(409, 'Unique constraint violation')
    for (const [name, value] of Object.entries(body.conf ?? {})) {
      const { schema } = (dag.params?.[name] ?? {}) as { schema?: { type?: string } }
      if (schema?.type === 'integer' && typeof value !== 'number')
        return refuse(400, `Invalid input for param ${name}: ${JSON.stringify(value)} is not of type 'integer'`)
    }
    const run = runFrom(dagId, body)
    change(run)
    return { status: 200, body: run }
  }

  const listRuns = (query: URLSearchParams): Reply => {
    const since = Date.parse(query.get('updated_at_gte') ?? '1970-01-01T00:00:00Z')
    const found = [...runs.values()].filter(
      ({ dag_run_id: id }) => contains(id, query.get('run_id_pattern')) && (changedAt.get(id) ?? 0) >= since,
    )
    const offset = Number(query.get('offset') ?? 0)
    const page = found.slice(offset, offset + Number(query.get('limit') ?? 50))
    return {
      status: 200,
      body: { dag_runs: page, total_entries: found.length } satisfies Schemas['DAGRunCollectionResponse'],
    }
  }

  const listDags = (query: URLSearchParams): Reply => {
    const found = [...dags.values()]
      .filter(({ dag_id }) => contains(dag_id, query.get('dag_id_pattern')))
      .sort((a, b) => a.dag_id.localeCompare(b.dag_id))
    const offset = Number(query.get('offset') ?? 0)
    const page = found.slice(offset, offset + Number(query.get('limit') ?? 50))
    return { status: 200, body: { dags: page, total_entries: found.length } }
  }

  const answer = ({ method, path, query, body }: Asked): Reply => {
    const [, root, first = '', second, third, fourth, fifth, sixth, seventh] = path.split('/').map(decodeURIComponent)
    if (root === 'assets' && first === 'events') {
      standIn.assetEvents.push(body as Schemas['CreateAssetEventsBody'])
      return { status: 200, body: { id: standIn.assetEvents.length, asset_id: body['asset_id'], created_dagruns: [] } }
    }
    if (root === 'assets') {
      const found = assets.filter(
        ({ name, uri }) => contains(name, query.get('name_pattern')) && contains(uri, query.get('uri_pattern')),
      )
      return { status: 200, body: { assets: found, total_entries: found.length } }
    }
    if (root !== 'dags') return refuse(404, 'Not Found')
    if (first === '') return listDags(query)
    if (first === '~' && fourth === 'taskInstances') {
      const ids = new Set(body['dag_run_ids'] as string[])
      const found = [...tasks.entries()].filter(([id]) => ids.has(id)).flatMap(([, list]) => list)
      return { status: 200, body: { task_instances: found, total_entries: found.length } }
    }
    if (first === '~') return listRuns(query)
    if (second === undefined || second === 'details') {
      const dag = dags.get(first)
      return dag ? { status: 200, body: dag } : refuse(404, `The Dag with ID: \`${first}\` was not found`)
    }
    if (third === undefined) return start(first, body as Schemas['TriggerDAGRunPostBody'])
    const run = runs.get(third)
    if (run?.dag_id !== first)
      return refuse(404, `The DagRun with dag_id: \`${first}\` and run_id: \`${third}\` was not found`)
    if (sixth === 'xcomEntries') {
      const key = `${third}/${fifth ?? ''}/${seventh ?? ''}`
      if (!xcoms.has(key)) return refuse(404, `XCom entry with key: \`${seventh ?? ''}\` not found`)
      return { status: 200, body: { key: seventh, task_id: fifth, value: xcoms.get(key) } }
    }
    if (method === 'PATCH') change({ ...run, state: body['state'] as DagRunState, end_date: now() })
    return { status: 200, body: runs.get(third) }
  }

  const authorized = (header: string | undefined): Reply | null => {
    const token = /^Bearer (.+)$/.exec(header ?? '')?.[1]
    if (token === undefined) return refuse(401, 'Not authenticated')
    if (expired.has(token)) return refuse(401, 'Token Expired')
    return valid.has(token) ? null : refuse(403, 'Invalid JWT token')
  }

  const signIn = (given: Record<string, unknown>): Reply => {
    if (given['username'] !== user.username || given['password'] !== user.password)
      return refuse(401, 'Invalid credentials')
    const token = `token-${(tokens += 1)}`
    valid.add(token)
    return { status: 201, body: { access_token: token } }
  }

  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      if (standIn.down) return request.socket.destroy()
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in')
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
      const path = pathname.replace(/^\/api\/v2/, '')
      const call = { method: request.method ?? 'GET', path, query: searchParams, body }
      const reply =
        pathname === '/auth/token'
          ? signIn(body)
          : pathname === '/api/v2/version'
            ? { status: 200, body: { version: '3.3.2', git_version: null } }
            : (authorized(request.headers.authorization) ?? answer(call))
      standIn.asked.push(call)
      for (const each of waiting.filter(({ what }) => what(call))) {
        waiting.splice(waiting.indexOf(each), 1)
        each.resolve(call)
      }
      if (standIn.dropNextStart && reply.status === 200 && call.method === 'POST' && /\/dagRuns$/.test(path)) {
        standIn.dropNextStart = false
        return request.socket.destroy()
      }
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const standIn: AirflowStandIn = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    user,
    asked: [],
    assetEvents: [],
    runs,
    down: false,
    dropNextStart: false,
    addDag: (id, change = {}) => void dags.set(id, dagOf(id, change)),
    async runOf(jobId) {
      const id = `forge__${jobId}`
      const known = () => runs.get(id)
      if (!known()) await standIn.next(({ body }) => body['dag_run_id'] === id && known() !== undefined)
      return known()!
    },
    move(runId, state, states = {}) {
      const run = runs.get(runId)!
      change({ ...run, state, start_date: run.start_date ?? now(), end_date: state === 'running' ? null : now() })
      tasks.set(
        runId,
        Object.entries(states).map(([id, each]) => taskOf(run, id, each)),
      )
    },
    pushXCom: (runId, taskId, key, value) => void xcoms.set(`${runId}/${taskId}/${key}`, value),
    addAsset(name, uri) {
      const id = assets.length + 1
      const empty = { scheduled_dags: [], producing_tasks: [], consuming_tasks: [], aliases: [], watchers: [] }
      assets.push({ id, name, uri, group: 'asset', created_at: now(), updated_at: now(), ...empty })
      return id
    },
    expireTokens() {
      for (const token of valid) expired.add(token)
      valid.clear()
    },
    next: (what) => new Promise((resolve) => waiting.push({ what, resolve })),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return standIn
}
