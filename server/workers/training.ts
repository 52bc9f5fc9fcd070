import type { ErrorCode } from '../contract/errors'
import { EngineExitedError, type EngineLog } from '../engines/child-process'
import type { PidFile } from '../engines/pid-file'
import { chrfResult, fineTuneResult, lossResult, type EngineEvent, type engineErrorCode } from '../engines/protocol'
import {
  createTrainingEngine,
  type TrainingEngine,
  type TrainingEnd,
  type TrainingRun,
} from '../engines/training-engine'
import { StepFailed, type Training } from '../steps/handler'
import type { z } from 'zod'
import type { Energy } from './energy'

export interface TrainingOptions {
  leaseId: string
  python: string
  /** The folder that holds `forge_engine`. */
  enginesFolder: string
  signal: AbortSignal
  onLog: (entry: EngineLog) => void
  energy: Energy
  pids: PidFile
  /** How long a cancelled run may take to end before its engine is killed. Default 5,000. */
  cancelTimeout_ms?: number
}

export interface TrainingPort extends Training {
  /** Ends the engine, if one was started; kills it when the signal has aborted. */
  close(): Promise<void>
}

/** The catalogue's code for what the engine tells. */
const codes: Record<z.infer<typeof engineErrorCode>, ErrorCode> = {
  cancelled: 'internal_error', // a cancel of ours ends by the signal's reason before this is looked up
  invalid_data: 'invalid_request',
  row_too_long: 'invalid_request',
  too_few_rows: 'dataset_too_small',
  loss_not_finite: 'training_diverged',
  out_of_memory: 'out_of_memory',
  model_not_loadable: 'model_not_loadable',
  unsupported_architecture: 'model_not_loadable',
  disk_full: 'disk_full',
  engine_internal_error: 'engine_failed',
}

/** An engine that died: the attempt is lost, the job goes on from its last checkpoint. */
const exitFailure = (error: EngineExitedError): StepFailed => {
  const { code, signal } = error.exit
  if (code === null && signal === null) return new StepFailed('engine_unavailable', error.message, { cause: error })
  const why = signal === 'SIGKILL' ? ' The operating system does that when memory runs out.' : ''
  return new StepFailed('engine_failed', `${error.message}${why}`, { cause: error })
}

/** The training engine of one task: started by the first call, metered and noted while it runs. */
export const createTraining = (options: TrainingOptions): TrainingPort => {
  const { leaseId, signal, energy, pids, cancelTimeout_ms = 5_000 } = options
  const group = `training:${leaseId}`
  let engine: TrainingEngine | undefined

  const start = (): TrainingEngine => {
    const started = createTrainingEngine({ python: options.python, cwd: options.enginesFolder, onLog: options.onLog })
    const { pid } = started
    if (pid !== undefined) {
      pids.add(pid, group)
      energy.watch(group, pid, () => [leaseId])
      void started.exited.then(() => {
        pids.remove(pid)
        if (engine === started) engine = undefined
      })
    }
    return started
  }
  const run = async (command: TrainingRun, onEvent: (event: EngineEvent) => void): Promise<TrainingEnd> => {
    signal.throwIfAborted()
    const used = (engine ??= start())
    let kill: NodeJS.Timeout | undefined
    const killLater = (): void => {
      kill = setTimeout(() => void used.kill(), cancelTimeout_ms)
    }
    signal.addEventListener('abort', killLater, { once: true })
    try {
      const end = await used.run(command, { onEvent, signal })
      signal.throwIfAborted()
      if (end.type === 'failed') throw new StepFailed(codes[end.code], end.message)
      return end
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof EngineExitedError ? exitFailure(error) : error
    } finally {
      clearTimeout(kill)
      signal.removeEventListener('abort', killLater)
    }
  }
  const done = (end: TrainingEnd): unknown => {
    if (end.type !== 'done') throw new StepFailed('engine_failed', `The training engine ended a run as ${end.type}.`)
    return end.result
  }
  const ignore = (): void => undefined
  return {
    fineTune: async (params, onEvent) => {
      const end = await run({ type: 'run', op: 'fine_tune', params }, onEvent)
      return end.type === 'paused'
        ? { paused: { step: end.step, path: end.path } }
        : { done: fineTuneResult.parse(done(end)) }
    },
    loss: async (params, onEvent) => lossResult.parse(done(await run({ type: 'run', op: 'loss', params }, onEvent))),
    chrf: async (pairs) => chrfResult.parse(done(await run({ type: 'run', op: 'chrf', params: { pairs } }, ignore))),
    pause: () => engine?.pause(),
    close: async () => {
      await energy.release(group)
      const last = engine
      await (signal.aborted ? last?.kill() : last?.stop())
    },
  }
}
