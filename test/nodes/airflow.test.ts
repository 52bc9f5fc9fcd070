import type { INodeExecutionData, ResourceMapperFields } from 'n8n-workflow'
import { routes } from '../../server/contract/routes'
import { startAirflowStandIn, type AirflowStandIn } from '../support/airflow'
import { startServer, type TestServer } from '../support/server'
import { startHttp } from '../server/workers/sources/local-http'
import { loadPackage } from './support/engine'
import { startN8n, type FlowNode, type N8n } from './support/n8n'

let forge: TestServer
let n8n: N8n
let airflow: AirflowStandIn

beforeAll(async () => {
  forge = await startServer({
    FORGE_OUTGOING_ALLOW: '127.0.0.1',
    FORGE_SECRET_KEY: Buffer.alloc(32, 9).toString('base64'),
  })
  n8n = await startN8n({ baseUrl: forge.url, apiKey: forge.adminKey })
  airflow = await startAirflowStandIn()
  const { username, password } = airflow.user
  await forge.clients.write.call(routes.createConnection, {
    body: { name: 'airflow', type: 'airflow', settings: { base_url: airflow.url, username }, secrets: { password } },
  })
  airflow.addDag('train', {
    params: {
      rows: { value: 3, schema: { type: 'integer', title: 'Rows' }, description: 'how many' },
      mode: { value: 'fast', schema: { type: 'string', enum: ['fast', 'exact'] }, description: null },
      name: { value: null, schema: { type: 'string' }, description: null },
      since: { value: null, schema: { type: ['null', 'string'], format: 'date-time' }, description: null },
      extra: { value: { a: 1 }, schema: { type: 'object' }, description: null },
      dry: { value: false, schema: { type: 'boolean' }, description: null },
    },
  })
  airflow.addDag('paused', { is_paused: true, timetable_summary: '@daily' })
}, 60_000)
afterAll(async () => {
  await n8n.stop()
  await airflow.stop()
  await forge.stop()
})

const one: INodeExecutionData[] = [{ json: { rows: 5 } }]
const byId = (value: string) => ({ __rl: true, mode: 'id', value })
const pass = (name: string): FlowNode => ({ name, type: 'test.pass' })
const node = (parameters: object, rest: Partial<FlowNode> = {}): FlowNode => ({
  name: 'Airflow',
  type: 'forgeAirflow',
  parameters: { dag: byId('train'), specify_parameters: 'json', ...parameters },
  ...rest,
})

test('an execution parks while the DAG runs, and goes on with the results that were asked for', async () => {
  const parked = await n8n.run(
    [
      node(
        {
          operation: 'run',
          conf: '={{ { rows: $json.rows } }}',
          options: {
            logical_date: '2026-03-01T00:00:00',
            note: 'from n8n',
            xcoms: { values: [{ task_id: 'fit', key: 'model', map_index: -1 }] },
          },
        },
        { to: ['Done', 'Failed'] },
      ),
      pass('Done'),
      pass('Failed'),
    ],
    one,
  )
  expect(parked.status).toBe('waiting')
  const { data } = await forge.clients.read.call(routes.listJobs, { query: { kind: 'airflow-dag' } })
  const run = await airflow.runOf(data[0]!.id)
  expect(run).toMatchObject({ conf: { rows: 5 }, note: 'from n8n', logical_date: '2026-03-01T00:00:00Z' })
  airflow.pushXCom(run.dag_run_id, 'fit', 'model', { loss: 0.5 })
  airflow.move(run.dag_run_id, 'success', { fit: 'success' })
  const ended = await n8n.ended(parked.id)

  expect(ended.status).toBe('success')
  expect(ended.json('Done')).toMatchObject([
    { dag_id: 'train', dag_run_id: run.dag_run_id, xcoms: { fit: { model: { loss: 0.5 } } }, job_id: data[0]!.id },
  ])
  expect(ended.items('Airflow')[0]?.pairedItem).toEqual({ item: 0 })
  expect(ended.ran('Failed')).toBe(false)
})

test('a DAG that cannot run leaves by Failed with the reason, when the node shall continue', async () => {
  const parked = await n8n.run(
    [
      node(
        { operation: 'run', dag: byId('paused'), conf: '{}' },
        { to: ['Done', 'Failed'], onError: 'continueRegularOutput' },
      ),
      pass('Done'),
      pass('Failed'),
    ],
    one,
  )
  const ended = await n8n.ended(parked.id)

  expect(ended.json('Failed')).toMatchObject([
    { error: expect.stringContaining('"paused" is paused'), details: { code: 'airflow_dag_paused' } },
  ])
  expect(ended.ran('Done')).toBe(false)
})

test('fields are sent as the types that the DAG asks for; an empty one keeps its default', async () => {
  const fields = await parametersOf('train')
  const started = await n8n.run(
    [
      node({
        operation: 'start',
        specify_parameters: 'fields',
        parameters: {
          mappingMode: 'defineBelow',
          value: {
            rows: '7',
            mode: 'exact',
            name: 'x',
            since: '2026-01-02T03:04:05.000Z',
            extra: '{"b":2}',
            dry: 'true',
          },
          matchingColumns: [],
          schema: fields.fields,
          attemptToConvertTypes: false,
          convertFieldsToString: false,
        },
      }),
    ],
    one,
  )
  expect(started.error).toBeUndefined()
  const [{ job_id: id } = {}] = started.json('Airflow')
  const run = await airflow.runOf(id as string)
  const since = String(run.conf?.['since'])

  expect(run.conf).toMatchObject({ rows: 7, mode: 'exact', name: 'x', extra: { b: 2 }, dry: true })
  expect(new Date(since).toISOString()).toBe('2026-01-02T03:04:05.000Z')
})

test('a run can be looked at, and cancelled in Airflow', async () => {
  const started = await n8n.run([node({ operation: 'start', conf: '{"rows": 1}' })], one)
  const [{ job_id: id } = {}] = started.json('Airflow')
  const run = await airflow.runOf(id as string)
  const look = async (operation: string) =>
    (await n8n.run([node({ operation, dag_run: byId(id as string) })], one)).json('Airflow')

  expect(await look('get')).toMatchObject([{ job_id: id, dag_id: 'train', status: 'running', result: null }])
  const ended = airflow.next(({ method, path }) => method === 'PATCH' && path.endsWith(run.dag_run_id))
  expect(await look('cancel')).toMatchObject([{ job_id: id, status: 'cancelled' }])
  expect((await ended).body).toEqual({ state: 'failed' })
})

test('the list of DAGs marks paused ones and is searched by Airflow; a chosen one shows its parameters', async () => {
  const { type } = (await loadPackage()).getNode('forgeAirflow')
  const search = async (filter?: string) =>
    ((await type.methods?.listSearch?.['searchDags']?.call(context({}), filter)) as { results: unknown[] }).results

  expect(await search()).toEqual([
    { name: 'paused · paused · @daily', value: 'paused' },
    { name: 'train', value: 'train' },
  ])
  expect(await search('rai')).toEqual([{ name: 'train', value: 'train' }])
  expect((await parametersOf('train')).fields).toMatchObject([
    { id: 'rows', displayName: 'Rows', type: 'number', required: false, defaultValue: 3 },
    { id: 'mode', type: 'options', options: [{ value: 'fast' }, { value: 'exact' }] },
    { id: 'name', type: 'string', required: true },
    { id: 'since', type: 'dateTime', required: false },
    { id: 'extra', type: 'object', defaultValue: '{"a":1}' },
    { id: 'dry', type: 'boolean', defaultValue: false },
  ])
  expect(await parametersOf('={{ $json.dag }}')).toMatchObject({ emptyFieldsNotice: expect.stringContaining('JSON') })
})

test('a server that knows no DAGs is named, with the version that is needed', async () => {
  const old = await startHttp((request, response) => {
    const message = 'jobs.0.kind: Invalid input (got "airflow-dag").'
    const error = { code: 'invalid_request', message, param: 'jobs.0.kind', hint: '', request_id: 'req_1' }
    request.resume()
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  })
  n8n.credential.baseUrl = old.url
  try {
    const run = await n8n.run([node({ operation: 'run', conf: '{}' })], one)
    expect(run.error).toMatchObject({ message: expect.stringContaining('needs version 0.1.0 or later') })
    const going = await n8n.run(
      [node({ operation: 'run', conf: '{}' }, { to: ['Done', 'Failed'], onError: 'continueRegularOutput' })].concat(
        pass('Done'),
        pass('Failed'),
      ),
      one,
    )
    expect(going.json('Failed')).toMatchObject([{ error: expect.stringContaining('needs version 0.1.0 or later') }])
  } finally {
    n8n.credential.baseUrl = forge.url
    await old.stop()
  }
})

/** Where the editor asks for lists and fields. */
const context = (parameters: Record<string, unknown>) => ({
  getCredentials: () => Promise.resolve({ baseUrl: forge.url, apiKey: forge.adminKey }),
  getNode: () => ({ name: 'Airflow', type: 'forgeAirflow' }),
  getNodeParameter: (name: string) => parameters[name] ?? '',
  helpers: {
    httpRequestWithAuthentication: async (_type: string, { url, qs }: { url: string; qs?: Record<string, string> }) => {
      const response = await fetch(`${url}?${new URLSearchParams(qs).toString()}`, {
        headers: { authorization: `Bearer ${forge.adminKey}` },
      })
      return { statusCode: response.status, headers: {}, body: await response.json() }
    },
  },
})

const parametersOf = async (dag: string): Promise<ResourceMapperFields> => {
  const { methods } = (await loadPackage()).getNode('forgeAirflow').type as {
    methods?: { resourceMapping?: { getDagParameters(this: unknown): Promise<ResourceMapperFields> } }
  }
  const fields = await methods?.resourceMapping?.getDagParameters.call(context({ dag }))
  if (!fields) throw new Error('The node maps no parameters.')
  return fields
}
