import type { ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { meterEvent, type MeterCommand, type MeterSample } from './meter-protocol'

type Level = 'info' | 'warning' | 'error'
type MeterProcess = ChildProcessByStdio<Writable, Readable, Readable>

const longestRefusedDelay_ms = 60_000

export interface MeterOptions {
  /** The Python interpreter. */
  python: string
  /** The folder that holds `forge_engine`. */
  cwd: string
  /** One path per host: whoever holds this file's lock meters. */
  lockPath: string
  onSample: (sample: MeterSample) => void
  onLog: (level: Level, message: string) => void
  /** `node:child_process` spawn with stdin, stdout and stderr as pipes. */
  spawn: (command: string, args: string[], options: { cwd: string; stdio: ['pipe', 'pipe', 'pipe'] }) => MeterProcess
  /** Replaces the CPU model's table; watts at full load per physical core. */
  wattsPerCore?: number
  /** Wait before a meter that died is started again; default 5,000. */
  restartDelayMs?: number
  /** Wait before one that was refused asks for the lock again, doubled each time up to a minute; default 1,000. */
  refusedDelayMs?: number
  /** How long a closing meter may take before it is killed; default 2,000. */
  stopTimeoutMs?: number
}

export interface Meter {
  /** Counts the process group's use to `group` from now on. `gpus`: those it was given. */
  watch: (group: string, pgid: number, gpus?: number[]) => void
  /** Asks for a last sample of the group, then forgets it. Call it before the group's processes are reaped. */
  unwatch: (group: string) => void
  /** Ends the meter; safe to call twice. */
  stop: () => Promise<void>
}

/**
 * Starts the host's meter and keeps it running: one that dies is started again and told what to watch. When another
 * meter of this host holds the lock, that is logged once and no samples come until it lets go: it may be the one of a
 * worker that is just ending.
 */
export const createMeter = (options: MeterOptions): Meter => {
  const { onSample, onLog, restartDelayMs = 5_000, refusedDelayMs = 1_000, stopTimeoutMs = 2_000 } = options
  const watched = new Map<string, MeterCommand>()
  let child: MeterProcess | undefined
  let restart: NodeJS.Timeout | undefined
  let over = false
  let refusals = 0
  let isRefused = false

  const send = (command: MeterCommand) => {
    if (child?.stdin.writable) child.stdin.write(`${JSON.stringify(command)}\n`)
  }

  const receive = (line: string) => {
    let event
    try {
      event = meterEvent.parse(JSON.parse(line))
    } catch (error) {
      onLog('warning', `The meter wrote a line that is no event: ${line.slice(0, 200)} (${String(error)})`)
      return
    }
    if (event.type === 'ready') refusals = 0
    if (event.type === 'sample') onSample(event)
    if (event.type === 'log') onLog(event.level, event.message)
    if (event.type === 'refused') {
      isRefused = true
      if (refusals === 0) onLog('warning', event.message)
    }
  }

  const ended = (reason: string) => {
    child = undefined
    if (over) return
    if (isRefused) {
      isRefused = false
      restart = setTimeout(start, Math.min(longestRefusedDelay_ms, refusedDelayMs * 2 ** refusals))
      refusals += 1
      return
    }
    onLog('error', `The meter ended (${reason}); it is started again in ${restartDelayMs} ms.`)
    restart = setTimeout(start, restartDelayMs)
  }

  const start = () => {
    const args = ['-m', 'forge_engine.meter', '--lock', options.lockPath]
    if (options.wattsPerCore !== undefined) args.push('--watts-per-core', String(options.wattsPerCore))
    const started = options.spawn(options.python, args, { cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    child = started
    // A meter that cannot be spawned has no exit, only an error; one that was spawned has its `close`.
    started.once('error', (error) => started.pid === undefined && ended(error.message))
    started.once('close', (code, signal) => started.pid !== undefined && ended(signal ?? `exit status ${code}`))
    // A write to a meter that just died: its `close` tells the same.
    started.stdin.on('error', (error) => onLog('warning', `The meter takes no commands: ${error.message}`))
    createInterface({ input: started.stdout }).on('line', receive)
    createInterface({ input: started.stderr }).on('line', (line) => onLog('warning', line))
    for (const command of watched.values()) send(command)
  }

  start()
  return {
    watch: (group, pgid, gpus) => {
      const command: MeterCommand = { type: 'watch', group, pgid, ...(gpus ? { gpus } : {}) }
      watched.set(group, command)
      send(command)
    },
    unwatch: (group) => {
      if (watched.delete(group)) send({ type: 'unwatch', group })
    },
    stop: async () => {
      over = true
      clearTimeout(restart)
      const last = child
      if (!last) return
      const gone = new Promise<void>((resolve) => last.once('close', () => resolve()))
      last.stdin.end()
      const kill = setTimeout(() => last.kill('SIGKILL'), stopTimeoutMs)
      await gone
      clearTimeout(kill)
    },
  }
}
