import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import { mayMove, type ChildState } from './child-states'
import { engineEnvironment } from './engine-environment'

/** A line of an engine's log: its `log` events, its stderr, and what the driver has to say about it. */
export interface EngineLog {
  level: 'info' | 'warning' | 'error'
  message: string
}

/** How an engine ended; both null when it could not be started at all. */
export interface EngineExit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** An engine that ended while something was asked of it. */
export class EngineExitedError extends Error {
  constructor(
    readonly exit: EngineExit,
    lastLog: string,
  ) {
    const words = lastLog === '' ? 'Its log is empty.' : `Its last words: ${lastLog}`
    super(`The engine ended unexpectedly (code ${exit.code}, signal ${exit.signal}). ${words}`)
    this.name = 'EngineExitedError'
  }
}

export interface EngineChildOptions<Event> {
  command: string
  args: readonly string[]
  cwd: string
  /** Added to the allow-listed environment; see `engineEnvironment`. */
  env?: Readonly<Record<string, string>>
  /** What a line on stdout must be. A line that is not becomes a warning in the log. */
  events: z.ZodType<Event>
  onEvent: (event: Event) => void
  onLog: (entry: EngineLog) => void
  /** From closing stdin to SIGTERM, and from there to SIGKILL. Default 5,000. */
  graceMs?: number
}

export interface EngineChild {
  readonly state: ChildState
  /** Also the id of its process group; undefined when it could not be started. */
  readonly pid: number | undefined
  /** Rejects with EngineExitedError when it ends before its `ready` event. */
  readonly ready: Promise<void>
  /** Resolves once the process is gone and its output read; never rejects. */
  readonly exited: Promise<EngineExit>
  /** Writes a command; ignored with a warning when the engine has ended. */
  send(command: { type: string }): void
  /** @throws Error when the move is not legal */
  move(to: 'busy' | 'ready'): void
  /** Asks, then closes stdin, then SIGTERM, then SIGKILL to the whole group. Safe to call again. */
  stop(): Promise<EngineExit>
  /** SIGKILL to the whole group at once. */
  kill(): Promise<EngineExit>
  /** The error for whoever waited when it ended. */
  exitError(exit: EngineExit): EngineExitedError
}

/**
 * Starts an engine in a process group of its own and speaks JSON lines with it.
 * The training and the serving engine are both driven through this.
 */
export const startEngineChild = <Event extends { type: string }>(options: EngineChildOptions<Event>): EngineChild => {
  const { events, onEvent, onLog, graceMs = 5_000 } = options
  let state: ChildState = 'starting'
  let lastLog = ''
  let ladder: NodeJS.Timeout | undefined

  const move = (to: ChildState): void => {
    if (!mayMove(state, to)) throw new Error(`An engine cannot go from ${state} to ${to}.`)
    state = to
  }
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: engineEnvironment(options.env),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ready = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<EngineExit>()
  ready.promise.catch(() => undefined) // whoever awaits it sees the error; nobody has to

  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
        onLog({ level: 'error', message: `Could not send ${signal} to engine group ${child.pid}: ${String(error)}` })
    }
  }
  const onExit = (exit: EngineExit): void => {
    if (state === 'exited') return
    clearTimeout(ladder)
    move('exited')
    ready.reject(exitError(exit))
    exited.resolve(exit)
  }
  const exitError = (exit: EngineExit): EngineExitedError => new EngineExitedError(exit, lastLog)

  const readEvent = (line: string): void => {
    const event = parseEvent(events, line)
    if (event instanceof Error)
      return onLog({ level: 'warning', message: `Not an event: ${line.slice(0, 500)} (${event.message})` })
    if (event.type === 'ready' && state === 'starting') {
      move('ready')
      ready.resolve()
    }
    onEvent(event)
  }

  eachLine(child.stdout, readEvent)
  eachLine(child.stderr, (message) => {
    lastLog = message
    onLog({ level: 'info', message })
  })
  child.stdin.on('error', (error) =>
    onLog({ level: 'warning', message: `The engine no longer reads commands: ${error.message}` }),
  )
  child.on('error', (error) => {
    lastLog = error.message
    onLog({ level: 'error', message: `Could not start ${options.command}: ${error.message}` })
    if (child.pid === undefined) onExit({ code: null, signal: null })
  })
  // helpers that outlive the leader would hold its pipes, memory and devices
  child.on('exit', () => signalGroup('SIGKILL'))
  child.on('close', (code, signal) => onExit({ code, signal }))

  const send = (command: { type: string }): void => {
    if (state === 'exited' || !child.stdin.writable)
      return onLog({ level: 'warning', message: `Not sent, the engine has ended: ${command.type}` })
    child.stdin.write(`${JSON.stringify(command)}\n`)
  }
  const stop = (): Promise<EngineExit> => {
    if (state === 'stopping' || state === 'exited') return exited.promise
    send({ type: 'shutdown' })
    child.stdin.end()
    move('stopping')
    ladder = setTimeout(() => {
      signalGroup('SIGTERM')
      ladder = setTimeout(() => signalGroup('SIGKILL'), graceMs)
    }, graceMs)
    return exited.promise
  }
  const kill = (): Promise<EngineExit> => {
    if (mayMove(state, 'stopping')) move('stopping')
    signalGroup('SIGKILL')
    return exited.promise
  }
  return {
    get state() {
      return state
    },
    pid: child.pid,
    ready: ready.promise,
    exited: exited.promise,
    send,
    move,
    stop,
    kill,
    exitError,
  }
}

const eachLine = (stream: Readable, onLine: (line: string) => void): void => {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
    if (line.trim() !== '') onLine(line)
  })
}

const parseEvent = <Event>(schema: z.ZodType<Event>, line: string): Event | Error => {
  try {
    const parsed = schema.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : parsed.error
  } catch (error) {
    return error as SyntaxError
  }
}
