import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Processes that the kernel has ended for want of memory, as counted by one of its files. */
export interface OomKills {
  /** Which counter, for people. */
  source: string
  count: number
}
export interface KernelFolders {
  /** Default `/proc`. */
  proc?: string
  /** Default `/sys/fs/cgroup`. */
  cgroup?: string
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // not Linux, an older kernel, or a sandbox that hides it: no evidence, whatever the reason
  }
}
const counterIn = (text: string | null): number | null => {
  const [, count] = /^oom_kill (\d+)$/m.exec(text ?? '') ?? []
  return count === undefined ? null : Number(count)
}

/**
 * The counter nearest to this process: of its own control group (version 2, then 1), where engines run too, else of the
 * whole machine. Null where the kernel offers none: outside Linux, and in some sandboxes.
 */
export const readOomKills = ({ proc = '/proc', cgroup = '/sys/fs/cgroup' }: KernelFolders = {}): OomKills | null => {
  const groups = read(join(proc, 'self', 'cgroup')) ?? ''
  const unified = /^0::(\/.*)$/m.exec(groups)?.[1]
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(groups)?.[1]
  // inside a container the path may be the host's, while the mount begins at the container's own group
  const sources = [
    ...(unified === undefined ? [] : [unified, '.']).map((group) => ['memory.events', join(cgroup, group)] as const),
    ...(memory === undefined ? [] : [memory, '.']).map(
      (group) => ['memory.oom_control', join(cgroup, 'memory', group)] as const,
    ),
    ['vmstat', proc] as const,
  ]
  for (const [source, path] of sources) {
    const count = counterIn(read(join(path, source)))
    if (count !== null) return { source, count }
  }
  return null
}

/** What the two readings prove, in words, or null: the signal alone does not say who sent it. */
export const oomEvidence = (before: OomKills | null, after: OomKills | null): string | null =>
  before !== null && after !== null && before.source === after.source && after.count > before.count
    ? `The kernel ended a process for want of memory meanwhile (${after.source}: oom_kill rose from ${before.count} to ${after.count}).`
    : null
