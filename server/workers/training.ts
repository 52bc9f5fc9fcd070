import type { ErrorCode } from '../contract/errors'
import { EngineExitedError, type EngineLog } from '../engines/child-process'
import { oomEvidence, readOomKills as readKernelOomKills, type OomKills } from '../engines/oom-kills'
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
import { gpuEnvironment } from './gpu-pool'

export interface TrainingOptions {
  leaseId: string
  python: string
  /** The folder that holds `forge_engine`. */
  enginesFolder: string
  signal: AbortSignal
  onLog: (entry: EngineLog) => void
  energy: Energy
  pids: PidFile
  /** The GPUs that this task holds; its engine sees no other. */
  gpus: readonly string[]
  /** Default: what the kernel has counted. */
  readOomKills?: () => OomKills | null
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
  killed: 'engine_failed',
  engine_internal_error: 'engine_failed',
}

/**
 * An engine, or a process of its run, that was killed or died. The one rule for both: with evidence that the kernel
 * ended a process for want of memory it is `out_of_memory`; else the attempt is lost (`engine_failed`), and the job goes
 * on from its last checkpoint. The signal alone proves nothing: whoever may end a process can send SIGKILL.
 */
const deathOf = (message: string, wasKilled: boolean, evidence: string | null, cause?: unknown): StepFailed =>
  wasKilled && evidence !== null
    ? new StepFailed('out_of_memory', `${message} ${evidence}`, { cause })
    : new StepFailed('engine_failed', message, { cause })

/** The training engine of one task: started by the first call, metered and noted while it runs. */
export const createTraining = (options: TrainingOptions): TrainingPort => {
  const { leaseId, signal, energy, pids, cancelTimeout_ms = 5_000, readOomKills = readKernelOomKills } = options
  const group = `training:${leaseId}`
  let engine: TrainingEngine | undefined

  const start = (): TrainingEngine => {
    const started = createTrainingEngine({
      python: options.python,
      cwd: options.enginesFolder,
      onLog: options.onLog,
      env: gpuEnvironment(options.gpus),
    })
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
    const killsBefore = readOomKills()
    const evidence = (): string | null => oomEvidence(killsBefore, readOomKills())
    const used = (engine ??= start())
    let kill: NodeJS.Timeout | undefined
    const killLater = (): void => {
      kill = setTimeout(() => void used.kill(), cancelTimeout_ms)
    }
    signal.addEventListener('abort', killLater, { once: true })
    try {
      const end = await used.run(command, { onEvent, signal })
      signal.throwIfAborted()
      if (end.type === 'failed' && end.code === 'killed') throw deathOf(end.message, true, evidence())
      if (end.type === 'failed') throw new StepFailed(codes[end.code], end.message)
      return end
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof EngineExitedError)) throw error
      const { exit, message } = error
      // it could not be started at all
      if (exit.code === null && exit.signal === null)
        throw new StepFailed('engine_unavailable', message, { cause: error })
      throw deathOf(message, exit.signal === 'SIGKILL', evidence(), error)
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
