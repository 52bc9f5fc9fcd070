/** Runs one process of n8n: keeps its log, waits until it answers, ends it with all that it started. */
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { node24 } from '../setup/node-packages.mjs'
import { root, SetupError } from '../setup/step.mjs'
import { n8nEntry } from './install.mjs'

const withoutSqlite = join(root, 'scripts', 'n8n', 'without-sqlite.cjs')

/** n8n makes its tables at the first start, which takes a while on a slow machine. */
const startTimeoutMs = 240_000

/**
 * Starts `n8n <command>` in `folder` and waits until `ready` answers. Resolves with its pid, its log's last 200 pieces
 * and `stop`; throws with the end of the log when it does not answer in time. `<command>.log` in the folder has it all.
 *
 * @typedef {{ pid: number, exited: Promise<number | string>, stop: (signal?: NodeJS.Signals) => Promise<void>, log: () => string }} N8nProcess
 * @param {{ command: string, folder: string, ready: string, environment: NodeJS.ProcessEnv }} options
 * @returns {Promise<N8nProcess>}
 */
export async function launch({ command, folder, ready, environment }) {
  mkdirSync(folder, { recursive: true })
  const lines = []
  const logPath = join(folder, `${command === 'start' ? 'n8n' : command}.log`)
  const logFile = createWriteStream(logPath, { flags: 'a' })
  const child = spawn(node24, ['--require', withoutSqlite, n8nEntry, command], {
    cwd: folder,
    env: environment,
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
  while (!(await answers(ready))) {
    if (ended || Date.now() > deadline) {
      if (!ended) await stop('SIGKILL')
      throw new SetupError(
        `n8n ${command} did not start:\n${lines.join('').split('\n').slice(-30).join('\n')}`,
        `read ${logPath}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return { pid: child.pid, exited, stop, log: () => lines.join('') }
}

const answers = async (address) => {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(5000) })).ok
  } catch {
    return false // not listening yet
  }
}
