import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** PostgreSQL's three ways to stop, mildest first, then the last resort; each with its patience. */
const ladder = [
  { signal: 'SIGTERM', patience_ms: 2_000 }, // smart: waits until clients have left
  { signal: 'SIGINT', patience_ms: 15_000 }, // fast: rolls back and disconnects them
  { signal: 'SIGQUIT', patience_ms: 5_000 }, // immediate: recovers at the next start
  { signal: 'SIGKILL', patience_ms: 5_000 },
] as const

/** What PostgreSQL writes about itself into its data folder. */
export interface PidFile {
  pid: number
  port: number
}

/** The content of `postmaster.pid`, or undefined when there is none or it is not complete yet. */
export function readPidFile(cluster: string): PidFile | undefined {
  let text: string
  try {
    text = readFileSync(join(cluster, 'postmaster.pid'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const [pid, , , port] = text.split('\n').map(Number)
  return pid !== undefined && pid > 0 && port !== undefined && port > 0 ? { pid, port } : undefined
}

/** Whether a process runs. One that has ended and waits for its parent to notice does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const state = readProc(pid, 'stat')?.replace(/^.*\) /s, '')[0]
  return state !== 'Z'
}

/** Whether the process is a PostgreSQL; true where the platform cannot tell. Process ids are used again by others. */
export function isPostgres(pid: number): boolean {
  if (process.platform !== 'linux') return true
  return readProc(pid, 'cmdline')?.includes('postgres') ?? false
}

/** Resolves once the process has ended; looks every `interval_ms`. */
export async function processEnd(pid: number, interval_ms = 500): Promise<void> {
  while (isRunning(pid)) await sleep(interval_ms, undefined, { ref: false })
}

/** Ends PostgreSQL as gently as it lets us. Throws when it survives even SIGKILL. */
export async function endPostgres(pid: number): Promise<void> {
  for (const { signal, patience_ms } of ladder) {
    if (!isRunning(pid)) return
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
      throw error
    }
    const deadline = Date.now() + patience_ms
    while (Date.now() < deadline) {
      if (!isRunning(pid)) return
      await sleep(20)
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) did not end, even after SIGKILL.`)
}

function readProc(pid: number, file: 'stat' | 'cmdline'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined // no /proc on this platform, or the process has just ended
  }
}
