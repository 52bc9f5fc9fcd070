/** Memory of a process and all that it started, read from /proc: Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

const pageBytes = 4096
const everyMs = 100

const readOr = (path: string, fallback: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return fallback // it has ended meanwhile
  }
}
const childrenOf = (pid: number): number[] => {
  let threads: string[]
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return [] // it has ended meanwhile
  }
  return threads.flatMap((thread) =>
    readOr(`/proc/${pid}/task/${thread}/children`, '').split(' ').filter(Boolean).map(Number),
  )
}

/** Resident bytes of the whole tree now; pages that its processes share count once for each. */
export const treeBytes = (pid: number): number => {
  const own = Number(readOr(`/proc/${pid}/statm`, '0 0').split(' ')[1]) * pageBytes
  return childrenOf(pid).reduce((sum, child) => sum + treeBytes(child), own)
}

export interface Watch {
  /** Ends it and gives the highest sum seen. */
  stop: () => number
}

/** Looks at the tree ten times a second. */
export const watchTree = (pid: number): Watch => {
  let peak = treeBytes(pid)
  const timer = setInterval(() => {
    peak = Math.max(peak, treeBytes(pid))
  }, everyMs)
  return {
    stop() {
      clearInterval(timer)
      return Math.max(peak, treeBytes(pid))
    },
  }
}
