import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A running process that belongs to a data folder. `command`: its arguments, separated by spaces. */
export interface OwnProcess {
  pid: number
  parent: number
  command: string
}

/**
 * Every process that a `forge start` on this folder brought into the world, orphans included. It is known by its
 * arguments, its working folder (PostgreSQL's helpers) or its environment (engines inherit TMPDIR, which `startForge`
 * puts into the data folder). Linux only. Zombies do not count.
 */
export const processesOf = (folder: string): OwnProcess[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const pid = Number(name)
      const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim()
      const [state, parent] = read(`/proc/${name}/stat`)
        .replace(/^.*\) /s, '')
        .split(' ')
      const belongs = [command, read(`/proc/${name}/environ`), workingFolder(pid)].some((text) => text.includes(folder))
      return belongs && state !== 'Z' && pid !== process.pid ? [{ pid, parent: Number(parent), command }] : []
    })

/** The one process whose command matches. */
export const pidOf = (folder: string, command: RegExp): number => {
  const found = processesOf(folder).filter((candidate) => command.test(candidate.command))
  if (found.length !== 1 || !found[0]) {
    throw new Error(`${found.length} processes match ${String(command)}:\n${list(processesOf(folder))}`)
  }
  return found[0].pid
}

/** The leader of the training run: the first fork of the fork server, which is a child of the engine. */
export const trainingLeader = (folder: string): number => {
  const all = processesOf(folder)
  const engine = all.find(({ command }) => command.endsWith('-m forge_engine'))
  const servers = all.filter(({ parent }) => parent === engine?.pid).map(({ pid }) => pid)
  const [leader] = all.filter(({ parent }) => servers.includes(parent)).sort((a, b) => a.pid - b.pid)
  if (!leader) throw new Error(`No training run among:\n${list(all)}`)
  return leader.pid
}

export const list = (processes: readonly OwnProcess[]): string =>
  processes.map(({ pid, parent, command }) => `${pid} (of ${parent}) ${command}`).join('\n')

/** Waits until processes have ended, which no signal tells to who is not their parent. Throws with those that have not. */
export const untilEnded = async (folder: string, pids: readonly number[], patience_ms: number): Promise<void> => {
  const deadline = performance.now() + patience_ms
  for (;;) {
    const left = processesOf(folder).filter(({ pid }) => pids.includes(pid))
    if (left.length === 0) return
    if (performance.now() > deadline) throw new Error(`Still running after ${patience_ms} ms:\n${list(left)}`)
    await sleep(50)
  }
}

// a process may end between the look at the folder and at its files
const orNothing = (look: () => string): string => {
  try {
    return look()
  } catch {
    return ''
  }
}

const read = (path: string): string => orNothing(() => readFileSync(path, 'utf8'))

const workingFolder = (pid: number): string => orNothing(() => readlinkSync(`/proc/${pid}/cwd`))
