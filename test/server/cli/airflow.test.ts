import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '../../../server/contract/jobs'
import { routes } from '../../../server/contract/routes'
import { startAirflowStandIn, type AirflowStandIn } from '../../support/airflow'
import { startServer, type TestServer } from '../../support/server'
import { runForge } from '../../support/shell'

let server: TestServer
let airflow: AirflowStandIn
let folder: string
beforeAll(async () => {
  server = await startServer({
    FORGE_OUTGOING_ALLOW: '127.0.0.1',
    FORGE_SECRET_KEY: Buffer.alloc(32, 3).toString('base64'),
  })
  folder = await mkdtemp(join(tmpdir(), 'forge-cli-'))
  airflow = await startAirflowStandIn()
  const rows = { value: 3, schema: { type: 'integer' }, description: 'how many' }
  airflow.addDag('train', { params: { rows }, timetable_summary: '0 2 * * *', tags: [] })
  airflow.addDag('old_train', { is_paused: true })
  await server.clients.write.call(routes.createConnection, {
    body: {
      name: 'airflow',
      type: 'airflow',
      settings: { base_url: airflow.url, username: airflow.user.username },
      secrets: { password: airflow.user.password },
    },
  })
}, 60_000)
afterAll(async () => {
  await airflow.stop()
  await server.stop()
  await rm(folder, { recursive: true })
})
const forge = (...args: string[]) => runForge({ url: server.url, apiKey: server.adminKey }, ['airflow', ...args])

test('DAGs are listed with their state, and one is shown with its parameters', async () => {
  const { out } = await forge('dags', '--limit', '1')
  expect(out).toContain('old_train')
  expect(out).toContain('paused')
  expect(out).toContain('1 of 2; more with --offset 1')
  expect((await forge('dags', '--search', 'old', '--json')).out).toContain('"total": 1')
  expect((await forge('dag', 'train')).out).toMatch(/rows .*integer .*3 .*how many/)
  expect((await forge('dag', 'old_train')).out).toContain('It takes no parameters.')
})

test('a run takes parameters from a file and from options, is followed, and shows what it made', async () => {
  const conf = join(folder, 'conf.json')
  await writeFile(conf, '{"rows": 5, "name": "from file"}')
  const begun = airflow.next(({ method, path }) => method === 'POST' && path.endsWith('/dagRuns'))
  const done = forge('run', 'train', '--conf', conf, '--param', 'rows=7', '--param', 'label=a=b', '--xcom', 'fit:model')
  const { body } = await begun
  expect(body['conf']).toEqual({ rows: 7, name: 'from file', label: 'a=b' })
  const id = String(body['dag_run_id'])
  airflow.pushXCom(id, 'fit', 'model', 'model_1')
  airflow.move(id, 'success', { fit: 'success' })
  const { out, err, exitCode } = await done
  expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 })
  expect(out).toContain('model_1')
})

test('a run that is not followed gives the job at once', async () => {
  const { out } = await forge('run', 'train', '--no-wait', '--note', 'by hand', '--json')
  const job = JSON.parse(out) as Job
  expect(job).toMatchObject({ kind: 'airflow-dag', origin: { system: 'cli' }, input: { note: 'by hand', conf: {} } })
})

test('mistakes are named: a parameter without a name, a file that is no object, a DAG that is not there', async () => {
  expect(await forge('run', 'train', '--param', 'rows')).toMatchObject({
    err: expect.stringContaining('"rows" is no parameter.'),
    exitCode: 1,
  })
  const list = join(folder, 'list.json')
  await writeFile(list, '[1]')
  expect((await forge('run', 'train', '--conf', list)).err).toContain('is no JSON object')
  expect((await forge('dag', 'none')).err).toContain('none')
  expect((await forge('run', 'none')).out).toContain('airflow_dag_not_found')
})
