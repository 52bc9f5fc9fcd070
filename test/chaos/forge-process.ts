import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient, type ForgeClient } from '../../server/client/client'

export const root = join(__dirname, '..', '..')
/** FORGE_TEST_ENTRY tests another build than the one of `npm run build`. */
const entry = process.env['FORGE_TEST_ENTRY'] ?? join(root, 'server', 'dist', 'main.js')
const adminKey = 'chaos-admin-key-0123456789'

/** A real `forge start`, in a process of its own. */
export interface ForgeProcess {
  pid: number
  url: string
  client: ForgeClient
  /** the sign-in link that it printed */
  consoleLink: string
  /** All that it and its parts have written to stderr. */
  log: () => string
  /** SIGTERM; resolves with the exit code. */
  stop: () => Promise<number | null>
}

interface Started {
  child: ChildProcess
  log: () => string
  exited: Promise<number | null>
}

/** Short leases, so that a lost one is noticed within seconds; engines are marked by their TMPDIR. */
const environmentFor = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  TMPDIR: join(folder, 'tmp'),
  FORGE_DATA_DIR: folder,
  FORGE_MODELS_DIR: join(folder, 'models'),
  FORGE_ADMIN_KEY: adminKey,
  FORGE_PORT: '0',
  FORGE_WORKER_NAME: 'chaos',
  FORGE_LEASE_SECONDS: '3',
  FORGE_HEARTBEAT_SECONDS: '1',
  FORGE_DRAIN_SECONDS: '1',
  ...(process.env['FORGE_PYTHON'] === undefined ? {} : { FORGE_PYTHON: process.env['FORGE_PYTHON'] }),
})

const launch = (folder: string, environment: Record<string, string>): Started => {
  mkdirSync(join(folder, 'tmp'), { recursive: true })
  const child = spawn(process.execPath, [entry, 'start'], {
    env: { ...environmentFor(folder), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, log: () => lines.join('\n'), exited }
}

/** Starts Forge on a data folder and waits until it says where it is. Throws with its log when it ends before. */
export const startForge = async (folder: string, environment: Record<string, string> = {}): Promise<ForgeProcess> => {
  const { child, log, exited } = launch(folder, environment)
  const consoleLink = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const found = /^ +console +(\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    void exited.then((code) => reject(new Error(`forge start ended with code ${code}:\n${log()}`)))
  })
  const url = new URL(consoleLink).origin
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM')
    return exited
  }
  return { pid: child.pid!, url, client: createClient({ baseUrl: url, apiKey: adminKey }), consoleLink, log, stop }
}

/** A start that is expected to be refused: its exit code and what it said. */
export const refusedStart = async (
  folder: string,
  environment: Record<string, string> = {},
): Promise<{ code: number | null; log: string }> => {
  const { child, log, exited } = launch(folder, environment)
  child.stdout?.resume()
  return { code: await exited, log: log() }
}
