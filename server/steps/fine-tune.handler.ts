import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { EngineEvent } from '../engines/protocol'
import { fineTuneInput, type FineTuneInput } from '../contract/fine-tuning'
import { defaultLearningRates } from '../contract/hyperparameters'
import { ingestOptions } from '../contract/ingest'
import { Checkpoints } from './fine-tune/checkpoints'
import { openModel } from './handler/model-folder'
import { Paused, StepFailed, type Handler, type LocalCheckpoint, type Task } from './handler'
import { IngestError } from './ingest/ingest-error'
import { runIngest } from './ingest/run-ingest'

/** An uploaded chat JSONL file, checked and normalised. Nothing is dropped but broken rows, which end the step. */
const readChatFile = async (task: Task, blob: string): Promise<string> => {
  try {
    const { train } = await runIngest({
      sources: [await task.blobs.open(blob)],
      options: ingestOptions.parse({ format: 'openai-chat', deduplicate: false }),
      outDir: join(task.folder, blob),
      signal: task.signal,
      onProgress: () => undefined,
    })
    return train.path
  } catch (error) {
    if (!(error instanceof IngestError)) throw error
    throw new StepFailed('ingest_failed', `${error.message} ${error.hint}`, { cause: error })
  }
}

/** Least time between two uploads of a whole model's checkpoint; the worker keeps two newer ones. */
const wholeModelEvery_ms = 30 * 60_000

const openData = async (
  task: Task,
  { data }: FineTuneInput,
): Promise<{ train_path: string; validation_path: string | null }> => {
  const { blobs } = task
  if (data.type === 'files') {
    return {
      train_path: await readChatFile(task, 'training_file'),
      validation_path: blobs.has('validation_file') ? await readChatFile(task, 'validation_file') : null,
    }
  }
  return {
    train_path: (await blobs.open('train')).path,
    validation_path: blobs.has('validation') ? (await blobs.open('validation')).path : null,
  }
}

interface Start {
  step: number
  path: string
  /** What the server does not have yet. */
  toUpload: LocalCheckpoint | null
}

/**
 * The checkpoint to go on from: the newer one of the last durable checkpoint, which is put where the engine looks for
 * it, and the newest one that an earlier attempt left on this worker.
 */
const findStart = async ({ lease, blobs, checkpoints }: Task): Promise<Start | null> => {
  const durable = lease.resume !== null && lease.resume.artifacts.length > 0 ? lease.resume : null
  const local = await checkpoints.newest()
  if (local !== null && local.step >= (durable?.step ?? 0))
    return { ...local, toUpload: local.step === durable?.step ? null : local }
  // older ones are no use, and the engine would count them among the newest three
  await rm(checkpoints.dir, { recursive: true, force: true })
  if (durable === null) return null
  const path = join(checkpoints.dir, `step-${durable.step}`)
  await mkdir(path, { recursive: true })
  for (const artifact of durable.artifacts)
    await copyFile(await blobs.fetch(artifact), join(path, basename(artifact.name)))
  return { step: durable.step, path, toUpload: null }
}

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).sort().map((name) => join(folder, name))

/**
 * Trains an adapter, or all weights. Checkpoints are uploaded in the background: of an adapter each, of a whole model,
 * which is large, one every half hour. A pause ends the attempt once the
 * checkpoint written for it is durable.
 */
export const fineTune: Handler<'fine-tune'> = async (task) => {
  const { lease, report, training, blobs } = task
  const input = fineTuneInput.parse(lease.input)
  const { method } = input
  const learning_rate = input.hyperparameters.learning_rate ?? defaultLearningRates[method]
  const from = lease.models['start']
  const { base_model_dir, adapter_dir } = await openModel(
    from ?? { id: input.base_model, base_model: input.base_model, artifacts: [], artifact_hash: null },
    {
      target: join(task.folder, 'start'),
      baseDir: async () => (await task.baseModels.resolve(from?.base_model ?? input.base_model)).dir,
      fetch: (artifact) => blobs.fetch(artifact),
    },
  )
  const data = await openData(task, input)
  const outputDir = join(task.folder, 'output')
  await mkdir(outputDir, { recursive: true })
  const start = await findStart(task)
  if (start !== null) report.log(`Going on from the checkpoint of step ${start.step}.`)

  const checkpoints = new Checkpoints(
    async ({ step, path, metrics }) => await report.checkpoint(step, await filesOf(path), metrics),
    (step, error) =>
      report.log(
        `The checkpoint of step ${step} was not uploaded: ${String(error)}. Training goes on; the next one is tried.`,
      ),
    method === 'full' ? wholeModelEvery_ms : 0,
  )
  const onEvent = (event: EngineEvent): void => {
    // a pause that came while the engine was starting found no run to end
    if (event.type === 'started' && task.pauseSignal.aborted) training.pause()
    if (event.type === 'progress') report.progress({ ...event, total: event.total || null })
    if (event.type === 'checkpoint') {
      report.localCheckpoint(event.step)
      checkpoints.add(event)
    }
  }
  const pause = (): void => training.pause()
  task.pauseSignal.addEventListener('abort', pause, { once: true })
  try {
    // before anything is trained: what only this worker has goes to the server
    if (start?.toUpload) {
      report.localCheckpoint(start.step)
      checkpoints.add(start.toUpload)
    }
    // asked to pause while data and base were fetched: nothing is trained yet that a checkpoint could hold
    if (task.pauseSignal.aborted) throw new Paused()
    const end = await training.fineTune(
      {
        base_model_dir,
        ...data,
        output_dir: outputDir,
        checkpoint_dir: task.checkpoints.dir,
        resume_from: start?.path ?? null,
        hyperparameters: { ...input.hyperparameters, learning_rate },
        on_too_long: input.on_too_long,
        micro_batch_divisor: lease.micro_batch_divisor,
        checkpoint_interval_seconds: input.checkpoint_interval_seconds,
        ranks: null,
        initial_adapter_dir: adapter_dir,
        method,
      },
      onEvent,
    )
    if ('paused' in end) {
      await checkpoints.settle({ ...end.paused, metrics: {} })
      throw new Paused()
    }
    const { artifacts, trained_tokens, train_loss, validation_loss, tokens_per_second, device, steps, rows } = end.done
    const uploaded = []
    for (const { path, name } of artifacts) uploaded.push(await blobs.upload(path, name))
    return {
      kind: 'fine-tune',
      artifacts: uploaded,
      trained_tokens,
      metrics: { train_loss, validation_loss, tokens_per_second, device, steps, rows },
    }
  } finally {
    task.pauseSignal.removeEventListener('abort', pause)
    checkpoints.close()
  }
}
