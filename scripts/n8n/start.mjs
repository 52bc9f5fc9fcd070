/**
 * Starts the installed n8n on a loopback port, with its own user folder and its own embedded PostgreSQL, and waits
 * until it answers. Nothing of it calls home.
 */
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { node24 } from '../setup/node-packages.mjs'
import { root, SetupError } from '../setup/step.mjs'
import { n8nEntry } from './install.mjs'

const withoutSqlite = join(root, 'scripts', 'n8n', 'without-sqlite.cjs')

/** n8n makes its tables at the first start, which takes a while on a slow machine. */
const startTimeoutMs = 240_000

/**
 * A port that is free now, on the loopback address.
 * @returns {Promise<number>}
 */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/**
 * Starts n8n. `folder` holds all it keeps, `databaseUrl` names an empty PostgreSQL database or its own one.
 * Resolves with its address, pid and `stop`; throws with the end of its log when it does not answer in time.
 *
 * @typedef {{ url: string, pid: number, exited: Promise<number | string>, stop: (signal?: NodeJS.Signals) => Promise<void>, log: () => string }} RunningN8n
 * @param {{ folder: string, port: number, databaseUrl: string, encryptionKey: string, environment?: Record<string, string> }} options
 * @returns {Promise<RunningN8n>}
 */
export async function startN8n({ folder, port, databaseUrl, encryptionKey, environment = {} }) {
  mkdirSync(folder, { recursive: true })
  const url = `http://127.0.0.1:${port}`
  const database = new URL(databaseUrl)
  const lines = []
  const logFile = createWriteStream(join(folder, 'n8n.log'), { flags: 'a' })
  const child = spawn(node24, ['--require', withoutSqlite, n8nEntry, 'start'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      N8N_USER_FOLDER: folder,
      N8N_ENCRYPTION_KEY: encryptionKey,
      N8N_HOST: '127.0.0.1',
      N8N_LISTEN_ADDRESS: '127.0.0.1',
      N8N_PORT: String(port),
      N8N_WEBHOOK_URL: `${url}/`,
      N8N_EDITOR_BASE_URL: url,
      N8N_SECURE_COOKIE: 'false',
      N8N_COMMUNITY_PACKAGES_ENABLED: 'true',
      N8N_DIAGNOSTICS_ENABLED: 'false',
      N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
      N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
      N8N_TEMPLATES_ENABLED: 'false',
      N8N_DYNAMIC_BANNERS_ENABLED: 'false',
      N8N_HIRING_BANNER_ENABLED: 'false',
      N8N_PERSONALIZATION_ENABLED: 'false',
      N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
      N8N_DISABLED_MODULES: 'mcp-registry',
      N8N_RUNNERS_BROKER_PORT: String(await freePort()),
      N8N_LOG_LEVEL: 'info',
      DB_TYPE: 'postgresdb',
      DB_POSTGRESDB_HOST: database.hostname,
      DB_POSTGRESDB_PORT: database.port,
      DB_POSTGRESDB_DATABASE: database.pathname.slice(1),
      DB_POSTGRESDB_USER: decodeURIComponent(database.username),
      DB_POSTGRESDB_PASSWORD: decodeURIComponent(database.password),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // its task runner is a child of its own: the group ends as one
    detached: true,
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      logFile.write(chunk)
      lines.push(String(chunk))
      if (lines.length > 200) lines.shift()
    })
  }
  let ended = false
  const exited = new Promise((resolve) =>
    child.on('close', (code, signal) => {
      ended = true
      logFile.end()
      resolve(code ?? signal)
    }),
  )
  /** Ends the whole group; `SIGKILL` is what a crash looks like. */
  const stop = async (signal = 'SIGTERM') => {
    if (!ended) process.kill(-child.pid, signal)
    await exited
  }
  const deadline = Date.now() + startTimeoutMs
  while (!(await answers(`${url}/healthz/readiness`))) {
    if (ended || Date.now() > deadline) {
      if (!ended) await stop('SIGKILL')
      throw new SetupError(
        `n8n did not start:\n${lines.join('').split('\n').slice(-30).join('\n')}`,
        `read ${join(folder, 'n8n.log')}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return { url, pid: child.pid, exited, stop, log: () => lines.join('') }
}

const answers = async (address) => {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(5000) })).ok
  } catch {
    return false // not listening yet
  }
}
