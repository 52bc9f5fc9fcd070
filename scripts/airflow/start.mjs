/**
 * Starts the installed Airflow as four processes on loopback, each in its own process group, with its own home and an
 * SQLite database: API server, scheduler, DAG processor, triggerer. Nothing of it calls home.
 */
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../n8n/start.mjs'
import { run, SetupError } from '../setup/step.mjs'
import { airflowBin, airflowPython } from './install.mjs'

/** Twenty seconds as a rule; ten times that on a machine that is busy. */
const startTimeoutMs = 300_000
const password = 'Forge-e2e-2026'

/** @typedef {'api-server' | 'scheduler' | 'dag-processor' | 'triggerer'} PartName */
/**
 * @typedef {object} RunningAirflow
 * @property {string} url
 * @property {() => Promise<string>} token a token of the user admin
 * @property {(part: PartName, signal?: NodeJS.Signals) => Promise<void>} stopPart `SIGKILL` is what a crash looks like
 * @property {(part: PartName) => void} startPart
 * @property {() => Promise<void>} stop
 * @property {string} logs the folder of the parts' logs
 */

/**
 * @param {{ folder: string, dags: string, environment?: Record<string, string> }} options `folder` holds all that it keeps
 * @returns {Promise<RunningAirflow>}
 */
export async function startAirflow({ folder, dags, environment = {} }) {
  const home = join(folder, 'home')
  mkdirSync(home, { recursive: true })
  mkdirSync(dags, { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const passwords = join(folder, 'passwords.json')
  writeFileSync(passwords, JSON.stringify({ admin: password }), { mode: 0o600 })
  const env = {
    PATH: `${airflowBin}:${process.env.PATH}`,
    HOME: folder,
    AIRFLOW_HOME: home,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `sqlite:///${join(home, 'airflow.db')}`,
    AIRFLOW__CORE__DAGS_FOLDER: dags,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__PARALLELISM: '2',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
    AIRFLOW__CORE__TEST_CONNECTION: 'Enabled',
    AIRFLOW__CORE__FERNET_KEY: 'Zm9yZ2UtZTJlLWZlcm5ldC1rZXktMDEyMzQ1Njc4OWE=',
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS: 'admin:admin',
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: passwords,
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${url}/execution/`,
    // its default of five seconds is too short on a machine that is busy, and a task that was not started is a failed one
    AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT: '60',
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__WORKERS: '1',
    AIRFLOW__API__BASE_URL: url,
    AIRFLOW__API__SECRET_KEY: 'forge-e2e-secret-key-0123456789abcdef',
    AIRFLOW__API_AUTH__JWT_SECRET: 'forge-e2e-jwt-secret-0123456789abcdef-0123456789abcdef-0123456789',
    AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: '5',
    AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL: '5',
    AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES: '1',
    AIRFLOW__OPENLINEAGE__DISABLED: 'True',
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    ...environment,
  }
  const airflow = join(airflowBin, 'airflow')
  await run(airflowPython, [airflow, 'db', 'migrate'], { cwd: folder, env })
  const logs = join(folder, 'logs')
  mkdirSync(logs, { recursive: true })
  const commands = {
    'api-server': ['api-server', '--port', String(port), '--host', '127.0.0.1', '--workers', '1'],
    scheduler: ['scheduler', '--skip-serve-logs'],
    'dag-processor': ['dag-processor'],
    triggerer: ['triggerer', '--skip-serve-logs'],
  }
  const parts = new Map()
  const startPart = (name) => {
    const child = spawn(airflowPython, [airflow, ...commands[name]], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // each forks: the group ends as one
      detached: true,
    })
    const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' })
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false })
    const part = { child, ended: false }
    part.exited = new Promise((resolve) =>
      child.on('close', () => {
        part.ended = true
        log.end()
        resolve()
      }),
    )
    parts.set(name, part)
  }
  const stopPart = async (name, signal = 'SIGTERM') => {
    const part = parts.get(name)
    if (part === undefined || part.ended) return
    process.kill(-part.child.pid, signal)
    // the scheduler may wait for a task that waits for it
    const force = setTimeout(() => part.ended || process.kill(-part.child.pid, 'SIGKILL'), 15_000)
    await part.exited
    clearTimeout(force)
  }
  const stop = async () => {
    await Promise.all([...parts.keys()].map((name) => stopPart(name)))
  }
  for (const name of Object.keys(commands)) startPart(name)
  const deadline = Date.now() + startTimeoutMs
  while (!(await answers(`${url}/api/v2/monitor/health`))) {
    if (parts.get('api-server').ended || Date.now() > deadline) {
      await stop()
      throw new SetupError('Airflow did not start.', `read ${logs}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  const token = async () => {
    const response = await fetch(`${url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    })
    if (!response.ok) throw new Error(`Airflow gave no token: ${response.status} ${await response.text()}`)
    return (await response.json()).access_token
  }
  return { url, token, startPart, stopPart, stop, logs }
}

const answers = async (address) => {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(5000) })).ok
  } catch {
    return false // not listening yet
  }
}
