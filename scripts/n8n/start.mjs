/**
 * Starts the installed n8n on loopback ports, each process with its own user folder, on an embedded PostgreSQL of its
 * own, and waits until it answers. Nothing of it calls home.
 */
import { createServer } from 'node:net'
import { launch } from './launch.mjs'

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
 * What a process of n8n is told: `folder` holds all it keeps, `databaseUrl` names an empty PostgreSQL database or n8n's
 * own one. Both are the same for n8n and its workers, but for the folder.
 *
 * @typedef {import('./launch.mjs').N8nProcess} N8nProcess
 * @typedef {N8nProcess & { url: string }} RunningN8n
 * @typedef {{ folder: string, port: number, databaseUrl: string, encryptionKey: string, environment?: Record<string, string> }} N8nOptions
 * @param {N8nOptions} options
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
const environmentOf = async ({ folder, port, databaseUrl, encryptionKey, environment = {} }) => {
  const url = urlOf(port)
  const database = new URL(databaseUrl)
  return {
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
  }
}

const urlOf = (port) => `http://127.0.0.1:${port}`

/**
 * Starts n8n. Resolves with its address, pid and `stop`; throws with the end of its log when it does not answer in time.
 * @param {N8nOptions} options
 * @returns {Promise<RunningN8n>}
 */
export async function startN8n(options) {
  const url = urlOf(options.port)
  const environment = await environmentOf(options)
  return {
    url,
    ...(await launch({ command: 'start', folder: options.folder, ready: `${url}/healthz/readiness`, environment })),
  }
}

/**
 * Starts a worker of queue mode: `port` is the main's, which the addresses it hands out name; the `environment` of both
 * says `EXECUTIONS_MODE=queue` and where Redis is. The folder needs its own copy of the nodes.
 * @param {N8nOptions} options
 * @returns {Promise<N8nProcess>}
 */
export async function startN8nWorker(options) {
  const health = await freePort()
  const environment = {
    ...(await environmentOf(options)),
    QUEUE_HEALTH_CHECK_ACTIVE: 'true',
    QUEUE_HEALTH_CHECK_PORT: String(health),
    N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
  }
  const { folder } = options
  return await launch({ command: 'worker', folder, ready: `${urlOf(health)}/healthz/readiness`, environment })
}
