import { type BackOffLimits, defaultBackOff } from './supervisor/back-off'
import { type Command, commandPart } from './supervisor/child'
import { lockDataFolder } from './supervisor/data-folder-lock'
import { Keeper } from './supervisor/keeper'
import type { Log, Part, ReadyLine } from './supervisor/part'

/** What the supervisor needs of a database: `startEmbeddedPostgres` gives it. */
export interface SupervisedDatabase {
  url: string
  pid: number
  exited: Promise<void>
  stop: () => Promise<void>
}

/** What to run, and how patiently. */
export interface SupervisorOptions {
  /** Only one supervisor may run on a data folder. */
  dataDir: string
  /** The environment of the commands; `FORGE_DATABASE_URL` is added when there is a `database`. */
  env: NodeJS.ProcessEnv
  /** Starts or takes over the database. Left out when an external one is used. */
  database?: () => Promise<SupervisedDatabase>
  /** Started in this order, each once the one before is ready; stopped in reverse. */
  commands: Command[]
  log: Log
  backOff?: BackOffLimits
  /** Patience between SIGTERM and SIGKILL for each command. Default 30 s. */
  grace_ms?: number
}

/** A supervisor at work. */
export interface Supervisor {
  /** The ready lines of the parts, by name; the database's holds `url`. */
  ready: ReadonlyMap<string, ReadyLine>
  /** The process id of a part; undefined between two runs. */
  pidOf: (part: string) => number | undefined
  /** Resolves when everything has been stopped. */
  done: Promise<void>
  /** Stops worker, server and database in that order. Safe to call twice. SIGTERM, SIGINT and SIGHUP do the same. */
  stop: () => Promise<void>
}

/**
 * Keeps the database, the server and the worker running: starts them in order, starts each again with growing pauses
 * when it dies, and stops them in reverse. Resolves when all are ready. Throws, with everything stopped again, when
 * the folder is taken or a part cannot be started.
 */
export async function runSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { log, backOff = defaultBackOff, grace_ms = 30_000 } = options
  const unlock = lockDataFolder(options.dataDir)
  const ready = new Map<string, ReadyLine>()
  const keepers = partsOf(options, grace_ms).map((part) => new Keeper(part, ready, log, backOff))

  let stopped: Promise<void> | undefined
  let finish: () => void
  const done = new Promise<void>((resolve) => (finish = resolve))
  const stop = () =>
    (stopped ??= stopInReverse(keepers, log).finally(() => {
      for (const signal of stopSignals) process.off(signal, onSignal)
      unlock()
      finish()
    }))
  const onSignal = (signal: NodeJS.Signals) => {
    log('supervisor', `${signal}: stopping`)
    stop().catch((error: unknown) => log('supervisor', `stopping failed: ${String(error)}`))
  }
  for (const signal of stopSignals) process.on(signal, onSignal)

  try {
    for (const keeper of keepers) await keeper.start()
  } catch (error) {
    await stop()
    throw error
  }
  return { ready, done, stop, pidOf: (name) => keepers.find((keeper) => keeper.name === name)?.pid }
}

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

async function stopInReverse(keepers: Keeper[], log: Log): Promise<void> {
  const failures: unknown[] = []
  for (const keeper of [...keepers].reverse()) {
    try {
      await keeper.stop()
    } catch (error) {
      // the others must be stopped all the same
      log('supervisor', `${keeper.name} could not be stopped: ${String(error)}`)
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Some parts could not be stopped.')
}

function partsOf({ database, commands, env, log }: SupervisorOptions, grace_ms: number): Part[] {
  const parts = commands.map((command) =>
    commandPart(
      {
        ...command,
        environment: (ready) => ({ ...databaseEnvironment(ready), ...command.environment?.(ready) }),
      },
      { env, log, grace_ms },
    ),
  )
  return database ? [databasePart(database), ...parts] : parts
}

function databaseEnvironment(ready: ReadonlyMap<string, ReadyLine>): Record<string, string> {
  const url = ready.get('database')?.['url']
  return typeof url === 'string' ? { FORGE_DATABASE_URL: url } : {}
}

const databasePart = (database: () => Promise<SupervisedDatabase>): Part => ({
  name: 'database',
  start: async () => {
    const { url, pid, exited, stop } = await database()
    return { pid, stop, ready: Promise.resolve({ ready: true, url }), exited: exited.then(() => ({ hopeless: false })) }
  },
})
