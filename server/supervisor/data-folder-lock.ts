import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Holder {
  pid: number
  /** When the process began, in the kernel's ticks; null where the platform does not tell. */
  began: string | null
}

/**
 * Claims a data folder for this process and returns the function that gives it back. A claim of a process that has
 * ended is taken over. Throws, naming the holder, when a live process has it.
 */
export function lockDataFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true })
  const lock = join(dataDir, 'forge.lock')
  const own = `${lock}.${process.pid}`
  const claim = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) } satisfies Holder)
  writeFileSync(own, claim)
  try {
    for (;;) {
      // a link appears whole or not at all, and only if there is none: two starters cannot both succeed
      if (succeeds(() => linkSync(own, lock), 'EEXIST')) return () => release(lock, claim)
      const holder = readHolder(lock)
      if (holder !== undefined) {
        if (isAlive(holder)) {
          throw new Error(
            `Forge already runs on ${dataDir} (process ${holder.pid}). ` +
              'Stop that one, or choose another folder with FORGE_DATA_DIR.',
          )
        }
        removeStale(lock, holder)
      }
    }
  } finally {
    rmSync(own, { force: true })
  }
}

function removeStale(lock: string, holder: Holder): void {
  const aside = `${lock}.stale-${process.pid}`
  if (!succeeds(() => renameSync(lock, aside), 'ENOENT')) return
  // between reading and renaming another starter may have taken over: then this is its claim, and goes back
  const taken = readHolder(aside)
  if (taken && taken.pid !== holder.pid) succeeds(() => linkSync(aside, lock), 'EEXIST')
  rmSync(aside, { force: true })
}

function release(lock: string, claim: string): void {
  if (readIfThere(lock) === claim) rmSync(lock, { force: true })
}

function readHolder(lock: string): Holder | undefined {
  const text = readIfThere(lock)
  return text === undefined ? undefined : (JSON.parse(text) as Holder)
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // process ids are used again: another start time is another process
  return began === beganAt(pid)
}

function beganAt(pid: number): string | null {
  return (
    readIfThere(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ')[19] ?? null
  )
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

/** Runs it; false when it failed with the one error that is expected. */
function succeeds(work: () => void, expected: string): boolean {
  try {
    work()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expected) return false
    throw error
  }
}
