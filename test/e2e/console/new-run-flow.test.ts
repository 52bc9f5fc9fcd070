import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { airflowBin, installProvider } from '../../../scripts/airflow/install.mjs'
import { withCredential } from '../../../scripts/n8n/examples.mjs'
import type { Workflow } from '../../../scripts/n8n/rest.mjs'
import { airflowDag } from '../../../server/console/pages/new-run/flow/airflow-dag'
import { n8nWorkflow } from '../../../server/console/pages/new-run/flow/n8n-workflow'
import type { Run } from '../../../server/console/pages/new-run/flow/run'
import { firstDraft } from '../../../server/console/pages/new-run/plan/draft'
import { ingestOptions } from '../../../server/contract/ingest'
import { routes } from '../../../server/contract/routes'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { startN8nWorld, type N8nWorld } from '../n8n/world'

/* The files of "Take this into your flow", run where they are meant to run: a real n8n and a real Airflow. */
jest.setTimeout(1_200_000)

const key = 'chaos-admin-key-0123456789'
const longest_ms = 600_000
const rows = Array.from({ length: 20 }, (_, n) => `Was ist ${String(n)}?,"Tasse ${String(n)} ist aus Ton."`)

let folder: string
let forge: ForgeProcess
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forge-console-flow-'))
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'dags'))
  writeFileSync(join(folder, 'dags', 'cups.csv'), ['frage,Antwort (lang)', ...rows, ''].join('\n'))
  forge = await startForge(join(folder, 'forge'), {
    FORGE_MODELS_DIR: join(root, '.models'),
    FORGE_LEASE_SECONDS: '30',
    FORGE_HEARTBEAT_SECONDS: '5',
  })
})
afterAll(async () => {
  await forge.stop()
  rmSync(folder, { recursive: true, force: true })
})

const run = (dataset: string): Run => ({
  dataset,
  versionId: 'dsv_1',
  source: { type: 'files', file_ids: ['file_1'] },
  locations: ['cups.csv'],
  options: ingestOptions.parse({
    format: 'mapping',
    mapping: { prompt: 'Antworte: {{ frage }}', completion: '{{ row["Antwort (lang)"] }}' },
    validation_split: 0.2,
  }),
  draft: { ...firstDraft, max_steps: 2, loss_better: null, language_least: 0, max_items: 1 },
})
/** What was made under that name: the first prompt as it was read, and the model that answers. */
const made = async (name: string) => {
  const { latest_version } = await forge.client.call(routes.getDataset, { params: { id: name } })
  const { status, model } = await forge.client.call(routes.getDeployment, { params: { id: name } })
  return { prompt: latest_version?.report.sample[0]?.messages[0]?.content, status, hasModel: model !== null }
}
const asMapped = { prompt: 'Antworte: Was ist 0?', status: 'ready', hasModel: true }

test('the workflow, imported into n8n, reads the file, trains, judges and deploys', async () => {
  let world: N8nWorld | undefined
  try {
    world = await startN8nWorld({ N8N_RESTRICT_FILE_ACCESS_TO: folder })
    const { rest } = world
    const data = { baseUrl: forge.url, apiKey: key }
    const credential = await rest.credential({ name: 'Forge', type: 'forgeApi', data })
    const exported = JSON.stringify(n8nWorkflow(run('n8n-cups'))).replace('/files/', join(folder, 'dags', '/'))
    const { id } = await rest.workflow(withCredential(JSON.parse(exported) as Workflow, credential))
    const executionId = await rest.run(id, 'Run Now')
    let status = 'running'
    for (const end = Date.now() + longest_ms; Date.now() < end && !/success|error|crash|cancel/.test(status); ) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      status = (await rest.execution(executionId)).status
    }
    expect(status).toBe('success')
    expect(await made('n8n-cups')).toEqual(asMapped)
  } finally {
    await world?.stop()
  }
})

test('the DAG does the same in Airflow', async () => {
  await installProvider()
  writeFileSync(join(folder, 'dags', 'exported.py'), airflowDag(run('airflow-cups')))
  const home = join(folder, 'airflow')
  const airflow = async (...args: string[]): Promise<string> => {
    const environment = {
      PATH: [airflowBin, process.env['PATH']].join(delimiter),
      HOME: home,
      AIRFLOW_HOME: home,
      AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
      AIRFLOW__CORE__DAGS_FOLDER: join(folder, 'dags'),
      AIRFLOW_CONN_FORGE_DEFAULT: JSON.stringify({ conn_type: 'forge', host: forge.url, password: key }),
    }
    const { stdout } = await promisify(execFile)(join(airflowBin, 'airflow'), args, {
      env: environment,
      timeout: longest_ms,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  }
  await airflow('db', 'migrate')
  await airflow('dags', 'test', 'forge_airflow_cups')
  expect(await made('airflow-cups')).toEqual(asMapped)
})
