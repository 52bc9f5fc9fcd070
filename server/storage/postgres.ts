import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type Access, freePort, newAccess, readAccess, urlOf, writeAccess } from './embedded-postgres/access'
import { type Account, chooseAccount } from './embedded-postgres/account'
import { type Binaries, findBinaries } from './embedded-postgres/binaries'
import { createCluster } from './embedded-postgres/cluster'
import { endPostgres, isPostgres, isRunning, processEnd, readPidFile } from './embedded-postgres/process'

/** Recovery after a crash of a large database takes its time. */
const startTimeout_ms = 120_000

const largestLog_bytes = 10_000_000

/** A running embedded PostgreSQL with the database `forge` in it. */
export interface EmbeddedPostgres {
  /** Address of the database `forge`, with its password. */
  url: string
  pid: number
  /** True when it ran before and was taken over. */
  adopted: boolean
  /** Resolves when PostgreSQL has ended, for whatever reason. */
  exited: Promise<void>
  /** Ends it: smart, fast, immediate. Safe to call twice. */
  stop: () => Promise<void>
}

/**
 * Starts PostgreSQL on the loopback address with its data under `dataDir`, or takes over the one that still runs
 * there after Forge was killed. The first start makes the cluster and a random password.
 * PostgreSQL outlives this process unless `stop` is called. Throws with a remedy when it cannot start.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string
  log: (line: string) => void
}): Promise<EmbeddedPostgres> {
  const { log } = options
  const dataDir = resolve(options.dataDir)
  const cluster = join(dataDir, 'postgres')
  mkdirSync(dataDir, { recursive: true, mode: 0o755 })

  const running = readPidFile(cluster)
  if (running && isRunning(running.pid) && isPostgres(running.pid)) {
    const access = storedAccess(dataDir)
    await untilAnswers({ ...access, port: running.port }, () => !isRunning(running.pid), logFileOf(dataDir))
    log(`took over PostgreSQL, process ${running.pid}, port ${running.port}`)
    return opened({ ...access, port: running.port }, running.pid, true, processEnd(running.pid))
  }

  const binaries = findBinaries()
  const account = chooseAccount([cluster, binaries.postgres])
  let access: Access
  if (existsSync(cluster)) {
    access = storedAccess(dataDir)
    // what is left of a crash: PostgreSQL would take another program with this number for itself
    if (running) rmSync(join(cluster, 'postmaster.pid'), { force: true })
  } else {
    log('making a new database cluster')
    access = readAccess(dataDir) ?? (await newAccess())
    writeAccess(dataDir, access)
    await createCluster(cluster, binaries.initdb, access.password, account)
  }
  return launch({ dataDir, cluster, binaries, account, access, log })
}

interface Launch {
  dataDir: string
  cluster: string
  binaries: Binaries
  account: Account
  access: Access
  log: (line: string) => void
}

async function launch({ dataDir, cluster, binaries, account, access, log }: Launch): Promise<EmbeddedPostgres> {
  const port = await freePort(access.port)
  const chosen = { ...access, port }
  if (port !== access.port) {
    log(`port ${access.port} is taken; using ${port}`)
    writeAccess(dataDir, chosen)
  }
  const deadline = Date.now() + startTimeout_ms
  for (;;) {
    const attempt = spawnPostgres({ cluster, binaries, account, port, logFile: logFileOf(dataDir) })
    try {
      await untilAnswers(chosen, attempt.hasEnded, logFileOf(dataDir))
      log(`started PostgreSQL, process ${attempt.pid}, port ${port}`)
      return await opened(chosen, attempt.pid, false, attempt.exited)
    } catch (error) {
      if (!attempt.hasEnded()) await endPostgres(attempt.pid)
      // after kill -9 the old helpers need a moment to notice and let go of the shared memory
      const transient = error instanceof Error && error.message.includes('shared memory block')
      if (!transient || Date.now() > deadline) throw error
      await sleep(200)
    }
  }
}

function spawnPostgres(how: { cluster: string; binaries: Binaries; account: Account; port: number; logFile: string }): {
  pid: number
  exited: Promise<void>
  hasEnded: () => boolean
} {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200']
  const args = ['-D', how.cluster, '-p', String(how.port), ...settings.flatMap((setting) => ['-c', setting])]
  const { program, args: launchArgs, ...identity } = how.account.launch(how.binaries.postgres, args)
  const tooLarge = existsSync(how.logFile) && statSync(how.logFile).size > largestLog_bytes
  const output = openSync(how.logFile, tooLarge ? 'w' : 'a', 0o600)
  const child = spawn(program, launchArgs, {
    ...identity,
    cwd: '/',
    env: { PATH: process.env['PATH'], LANG: 'C', TZ: 'UTC' },
    stdio: ['ignore', output, output],
    // its own process group: Ctrl-C must not stop the database before those who use it
    detached: true,
  })
  closeSync(output)
  child.unref()
  let ended = false
  const exited = new Promise<void>((done) => {
    const end = () => {
      ended = true
      done()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  if (child.pid === undefined) throw new Error(`PostgreSQL could not be started: ${program}`)
  return { pid: child.pid, exited, hasEnded: () => ended }
}

async function opened(access: Access, pid: number, adopted: boolean, exited: Promise<void>): Promise<EmbeddedPostgres> {
  await createDatabase(access)
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    // the child does not keep this process running: without a timer it could end before it hears of the child's end
    const stay = setInterval(() => undefined, 1_000)
    try {
      await endPostgres(pid)
      await exited
    } finally {
      clearInterval(stay)
    }
  }
  return { url: urlOf(access), pid, adopted, exited, stop: () => (stopping ??= stop()) }
}

/** Waits until PostgreSQL lets us in. Throws with the end of its log when it ends instead. */
async function untilAnswers(access: Access, hasEnded: () => boolean, logFile: string): Promise<void> {
  const deadline = Date.now() + startTimeout_ms
  for (;;) {
    const ended = hasEnded()
    const refusal = await tryConnect(access)
    if (refusal === undefined) return
    if (ended) throw new Error(`PostgreSQL ended while it started. The end of ${logFile}:\n${endOf(logFile)}`)
    if (refusal.code === '28P01') {
      throw new Error(`PostgreSQL on port ${access.port} refuses the stored password; is it another data folder's?`)
    }
    if (Date.now() > deadline) {
      throw new Error(`PostgreSQL did not answer within ${startTimeout_ms / 1000} s: ${refusal.message}`)
    }
    await sleep(50)
  }
}

async function tryConnect(access: Access): Promise<(Error & { code?: string }) | undefined> {
  const client = new Client({ connectionString: urlOf(access, 'postgres'), connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined) // a connection that breaks later is reported by the next attempt
  try {
    await client.connect()
    return undefined
  } catch (error) {
    return error as Error & { code?: string }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function createDatabase(access: Access): Promise<void> {
  const client = new Client({ connectionString: urlOf(access, 'postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'forge'")
    if (rowCount === 0) await client.query('create database forge')
  } finally {
    await client.end()
  }
}

function storedAccess(dataDir: string): Access {
  const access = readAccess(dataDir)
  if (access) return access
  throw new Error(
    `${dataDir} holds a database but no postgres-access.json with its password. Restore it from a backup.`,
  )
}

const logFileOf = (dataDir: string) => join(dataDir, 'postgres.log')

const endOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n')
