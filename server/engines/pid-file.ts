import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { processStartTime } from './process-start-time'

const entry = z.object({ pid: z.int().positive(), started: z.string(), name: z.string() })
const entries = z.array(entry)

/** An engine's process group as the pid file holds it; `pid` is its leader. */
export type EngineGroup = z.infer<typeof entry>

export interface PidFile {
  /** Notes a running engine; `name` is for people. Ignored when it has ended already. */
  add(pid: number, name: string): void
  remove(pid: number): void
}

/** Keeps the engine groups of one worker in a file, so that the next worker can end what a killed one left behind. */
export const createPidFile = (path: string): PidFile => ({
  add: (pid, name) => {
    const started = processStartTime(pid)
    if (started === undefined) return
    write(path, [...read(path).filter((group) => group.pid !== pid), { pid, started, name }])
  },
  remove: (pid) =>
    write(
      path,
      read(path).filter((group) => group.pid !== pid),
    ),
})

/**
 * Kills the process groups in the file whose leader is still the process that was noted, and empties the file.
 * A number that meanwhile belongs to somebody else is left alone.
 *
 * @returns the groups that were killed
 */
export const reapStrays = (path: string): EngineGroup[] => {
  const killed = read(path).filter((group) => processStartTime(group.pid) === group.started && killGroup(group.pid))
  write(path, [])
  return killed
}

const killGroup = (pid: number): boolean => {
  try {
    process.kill(-pid, 'SIGKILL')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

const read = (path: string): EngineGroup[] => {
  try {
    return entries.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new Error(`The pid file ${path} is not readable; look for engines left running, then delete it.`, {
      cause: error,
    })
  }
}

// written beside and renamed: a crash leaves the old file or the new one, never half of one
const write = (path: string, groups: EngineGroup[]): void => {
  writeFileSync(`${path}.tmp`, `${JSON.stringify(groups)}\n`)
  renameSync(`${path}.tmp`, path)
}
