import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Log, Part, ReadyLine } from './part'

/** A program of our own to keep running. It prints one JSON line `{"ready":true,…}` on stdout when it is. */
export interface Command {
  name: string
  program: string
  args: string[]
  /** More environment, made from what the parts before it said in their ready lines. */
  environment?: (ready: ReadonlyMap<string, ReadyLine>) => Record<string, string>
}

/** A child that ends with this code has wrong settings: starting it again cannot help. */
export const configurationErrorCode = 78

/** Makes a part out of a command. `grace_ms`: patience between SIGTERM and SIGKILL. */
export function commandPart(command: Command, options: { env: NodeJS.ProcessEnv; log: Log; grace_ms: number }): Part {
  return {
    name: command.name,
    start: (ready) => {
      const child = spawn(command.program, command.args, {
        env: { ...options.env, ...command.environment?.(ready) },
        // stdin is the leash: its closing tells the child that we are gone
        stdio: ['pipe', 'pipe', 'pipe'],
        // its own process group: Ctrl-C reaches only us, and we stop the parts in order
        detached: true,
      })
      child.stdin.on('error', () => undefined) // the child has ended; its exit is what counts
      return Promise.resolve({
        ready: readiness(command.name, child, options.log),
        ...control(child, options.grace_ms),
      })
    },
  }
}

function readiness(name: string, child: ChildProcess, log: Log): Promise<ReadyLine> {
  const lastWords: string[] = []
  const follow = (stream: 'stdout' | 'stderr', onLine: (line: string) => boolean) => {
    const input = child[stream]
    if (!input) return
    createInterface({ input }).on('line', (line) => {
      if (onLine(line)) return
      lastWords.push(line)
      if (lastWords.length > 20) lastWords.shift()
      log(name, line)
    })
  }
  return new Promise((resolve, reject) => {
    follow('stdout', (line) => {
      const message = readyLine(line)
      if (message) resolve(message)
      return message !== undefined
    })
    follow('stderr', () => false)
    child.once('error', (cause) => reject(new Error(`${name} could not be started: ${cause.message}`, { cause })))
    child.once('close', (code, signal) => {
      const words = lastWords.length > 0 ? `:\n${lastWords.join('\n')}` : '.'
      reject(new Error(`${name} ended with ${signal ?? `code ${code}`} before it was ready${words}`))
    })
  })
}

function control(child: ChildProcess, grace_ms: number) {
  const exited = new Promise<{ hopeless: boolean }>((done) => {
    child.once('exit', (code) => done({ hopeless: code === configurationErrorCode }))
    child.once('error', () => done({ hopeless: false }))
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    child.kill('SIGTERM')
    const force = setTimeout(() => killGroup(child), grace_ms)
    await exited
    clearTimeout(force)
  }
  return { pid: child.pid, exited, stop }
}

/** The whole group: a child that had to be forced has not ended its own children either. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function readyLine(line: string): ReadyLine | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value = JSON.parse(line) as Record<string, unknown>
    return value['ready'] === true ? value : undefined
  } catch {
    return undefined // an ordinary line that begins with a brace
  }
}
