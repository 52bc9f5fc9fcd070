import { startEmbeddedPostgres } from './storage/postgres'
import type { Config } from './config'
import { ensureSecretKeyFile } from './connections/secret-keys'
import { installationKeys } from './keys'
import { runSupervisor, type Supervisor } from './supervisor'

export interface StartOptions {
  environment: NodeJS.ProcessEnv
  entry: string
  log: (part: string, line: string) => void
}
export interface RunningForge {
  url: string
  done: Promise<void>
  stop: () => Promise<void>
  supervisor: Supervisor
}

/** `forge start`: PostgreSQL (unless FORGE_DATABASE_URL names one), server and worker as children of one supervisor. */
export const start = async (config: Config, { environment, entry, log }: StartOptions): Promise<RunningForge> => {
  const keys = installationKeys(config.dataDir, config)
  // with a database of one's own, servers on several machines may share it: a key of one folder would not fit the others
  if (config.databaseUrl === undefined && config.secretKey === undefined) ensureSecretKeyFile(config.dataDir)
  const supervisor = await runSupervisor({
    dataDir: config.dataDir,
    env: { ...environment, FORGE_DATA_DIR: config.dataDir, FORGE_ADMIN_KEY: keys.admin, FORGE_WORKER_KEY: keys.worker },
    ...(config.databaseUrl === undefined
      ? {
          database: () =>
            startEmbeddedPostgres({
              dataDir: config.dataDir,
              log: (line: string) => {
                log('postgres', line)
              },
            }),
        }
      : {}),
    commands: [
      {
        name: 'server',
        program: process.execPath,
        args: [entry, 'serve', '--supervised'],
        // with FORGE_PORT=0 a server that is started again must be where the worker and the callers know it
        environment: (ready) => {
          const port = ready.get('server')?.['port']
          return typeof port === 'number' ? { FORGE_PORT: String(port) } : {}
        },
      },
      {
        name: 'worker',
        program: process.execPath,
        // small new space: ingest streams, and its short-lived rows would else grow the process by 100 MB
        args: ['--max-semi-space-size=8', entry, 'work', '--supervised'],
        environment: (ready) => ({ FORGE_SERVER_URL: String(ready.get('server')?.['url']) }),
      },
    ],
    log,
  })
  return {
    url: String(supervisor.ready.get('server')?.['url']),
    done: supervisor.done,
    stop: supervisor.stop,
    supervisor,
  }
}
