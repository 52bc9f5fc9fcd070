import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installProvider } from '../../../scripts/airflow/install.mjs'
import { startAirflow, type RunningAirflow } from '../../../scripts/airflow/start.mjs'
import { freePort } from '../../../scripts/n8n/start.mjs'
import type { ForgeClient } from '../../../server/client/client'
import type { Job } from '../../../server/contract/jobs'
import { routes } from '../../../server/contract/routes'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { startCountingProxy, type CountingProxy } from './counting-proxy'
import { openAirflow, type AirflowRest } from './rest'

/** A real Airflow with Forge's provider from its wheel, and a real Forge that can be killed and started again. */
export interface AirflowWorld {
  airflow: RunningAirflow
  rest: AirflowRest
  forge: ForgeProcess
  /** Between Airflow and Forge. */
  proxy: CountingProxy
  /** Starts Forge again on the same folder and port. */
  restartForge: () => Promise<void>
  /** All jobs that tasks of a DAG run made, the newest first. */
  jobsOf: (runId: string) => Promise<Job[]>
  stop: () => Promise<void>
}

const key = 'chaos-admin-key-0123456789'

const copyDags = (dags: string): void => {
  mkdirSync(dags, { recursive: true })
  for (const folder of [join(root, 'test', 'e2e', 'airflow', 'dags'), join(root, 'airflow-provider', 'example_dags')]) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.py'))) {
      copyFileSync(join(folder, name), join(dags, name))
    }
  }
  cpSync(join(root, 'examples', 'ecommerce-content'), join(dags, 'ecommerce-content'), { recursive: true })
  // a DAG with a schedule that is new starts its last run at once
  const nightly = join(dags, 'ecommerce-content', 'dag.py')
  writeFileSync(nightly, readFileSync(nightly, 'utf8').replace('schedule="0 2 * * *"', 'schedule=None'))
}

/** Takes about a minute; the first time Airflow is installed before. */
export const startAirflowWorld = async (): Promise<AirflowWorld> => {
  await installProvider()
  const folder = mkdtempSync(join(tmpdir(), 'forge-airflow-'))
  const dags = join(folder, 'dags')
  copyDags(dags)
  const port = await freePort()
  const settings = {
    FORGE_PORT: String(port),
    FORGE_MODELS_DIR: join(root, '.models'),
    FORGE_LEASE_SECONDS: '30',
    FORGE_HEARTBEAT_SECONDS: '5',
  }
  const forge = await startForge(join(folder, 'forge'), settings)
  const proxy = await startCountingProxy(forge.url)
  const connection = { conn_type: 'forge', host: proxy.url, password: key, extra: { console_url: forge.url } }
  const airflow = await startAirflow({
    folder: join(folder, 'airflow'),
    dags,
    environment: { AIRFLOW_CONN_FORGE_DEFAULT: JSON.stringify(connection) },
  }).catch(async (error: unknown) => {
    await proxy.stop()
    await forge.stop()
    throw error
  })
  const world: AirflowWorld = {
    airflow,
    rest: openAirflow(airflow.url, await airflow.token()),
    forge,
    proxy,
    async restartForge() {
      world.forge = await startForge(join(folder, 'forge'), settings)
    },
    jobsOf: (runId) => jobsOf(world.forge.client, runId),
    async stop() {
      await airflow.stop()
      await proxy.stop()
      await world.forge.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return world
}

const jobsOf = async (client: ForgeClient, runId: string): Promise<Job[]> => {
  const page = await client.call(routes.listJobs, { query: { metadata: `airflow_run_id=${runId}`, limit: 100 } })
  return page.data
}
