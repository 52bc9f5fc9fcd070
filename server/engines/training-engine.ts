import { startEngineChild, type EngineExit, type EngineLog } from './child-process'
import { engineEvent, type EngineCommand, type EngineEvent } from './protocol'

/** A run of the training engine: fine_tune, loss or chrf. */
export type TrainingRun = Extract<EngineCommand, { type: 'run' }>
/** The event that ends a run. */
export type TrainingEnd = Extract<EngineEvent, { type: 'done' | 'failed' | 'paused' }>

export interface TrainingEngineOptions {
  python: string
  /** The folder that holds the `forge_engine` package. */
  cwd: string
  onLog: (entry: EngineLog) => void
  /** Default `-m forge_engine`. */
  args?: readonly string[]
  env?: Readonly<Record<string, string>>
  /** See EngineChildOptions. */
  graceMs?: number
}

export interface TrainingEngine {
  readonly pid: number | undefined
  readonly exited: Promise<EngineExit>
  /**
   * One run at a time. Resolves with the event that ended it, `failed` included; rejects with EngineExitedError when
   * the process ended instead. Aborting the signal cancels the run, which then ends as `failed` with code `cancelled`.
   */
  run(
    command: TrainingRun,
    options: { onEvent: (event: EngineEvent) => void; signal?: AbortSignal },
  ): Promise<TrainingEnd>
  /** Asks for a checkpoint and the end of the run; it resolves with `paused`. */
  pause(): void
  cancel(): void
  stop(): Promise<EngineExit>
  kill(): Promise<EngineExit>
}

interface CurrentRun {
  onEvent: (event: EngineEvent) => void
  end: (event: TrainingEnd) => void
}

const isEnd = (event: EngineEvent): event is TrainingEnd =>
  event.type === 'done' || event.type === 'failed' || event.type === 'paused'

/** Starts the Python training engine and drives it by the engine protocol. */
export const createTrainingEngine = (options: TrainingEngineOptions): TrainingEngine => {
  let current: CurrentRun | undefined

  const onEvent = (event: EngineEvent): void => {
    if (event.type === 'log') options.onLog({ level: event.level, message: event.message })
    const run = current
    run?.onEvent(event)
    if (run === undefined || !isEnd(event)) return
    current = undefined
    if (child.state === 'busy') child.move('ready')
    run.end(event)
  }
  const child = startEngineChild({
    command: options.python,
    args: options.args ?? ['-m', 'forge_engine'],
    cwd: options.cwd,
    // unbuffered: an event must not wait in the pipe; the engine never reaches for a model hub
    env: {
      PYTHONUNBUFFERED: '1',
      HF_HUB_OFFLINE: '1',
      TRANSFORMERS_OFFLINE: '1',
      OMP_WAIT_POLICY: 'PASSIVE',
      ...options.env,
    },
    events: engineEvent,
    onEvent,
    onLog: options.onLog,
    ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
  })

  const run: TrainingEngine['run'] = async (command, { onEvent: onRunEvent, signal }) => {
    await child.ready
    if (child.state === 'exited') throw child.exitError(await child.exited)
    signal?.throwIfAborted()
    child.move('busy')
    const ended = new Promise<TrainingEnd>((resolve) => {
      current = { onEvent: onRunEvent, end: resolve }
    })
    const died = child.exited.then((exit): never => {
      throw child.exitError(exit)
    })
    const cancel = (): void => child.send({ type: 'cancel' })
    signal?.addEventListener('abort', cancel, { once: true })
    child.send(command)
    try {
      return await Promise.race([ended, died])
    } finally {
      died.catch(() => undefined) // a later exit is no error of this run
      signal?.removeEventListener('abort', cancel)
    }
  }

  return {
    pid: child.pid,
    exited: child.exited,
    run,
    pause: () => child.send({ type: 'pause' }),
    cancel: () => child.send({ type: 'cancel' }),
    stop: child.stop,
    kill: child.kill,
  }
}
