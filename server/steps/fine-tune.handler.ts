import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { EngineEvent } from '../engines/protocol'
import { fineTuneInput, type FineTuneInput } from '../contract/fine-tuning'
import { ingestOptions } from '../contract/ingest'
import { Checkpoints } from './fine-tune/checkpoints'
import { Paused, StepFailed, type Handler, type Task } from './handler'
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

/** Puts the last durable checkpoint where the engine looks for it. */
const restoreCheckpoint = async ({ lease, blobs }: Task, checkpointDir: string): Promise<string | null> => {
  if (lease.resume === null || lease.resume.artifacts.length === 0) return null
  const folder = join(checkpointDir, `step-${lease.resume.step}`)
  await mkdir(folder, { recursive: true })
  for (const artifact of lease.resume.artifacts)
    await copyFile(await blobs.fetch(artifact), join(folder, basename(artifact.name)))
  return folder
}

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).sort().map((name) => join(folder, name))

/**
 * Trains a LoRA adapter. Each checkpoint of the engine is uploaded in the background; a pause ends the attempt once the
 * checkpoint written for it is durable.
 */
export const fineTune: Handler<'fine-tune'> = async (task) => {
  const { lease, report, training, blobs } = task
  const input = fineTuneInput.parse(lease.input)
  const base = await task.baseModels.resolve(input.base_model)
  const data = await openData(task, input)
  const outputDir = join(task.folder, 'output')
  const checkpointDir = join(task.folder, 'checkpoints')
  await mkdir(outputDir, { recursive: true })
  await mkdir(checkpointDir, { recursive: true })
  const resumeFrom = await restoreCheckpoint(task, checkpointDir)
  if (resumeFrom !== null) report.log(`Going on from the checkpoint of step ${lease.resume?.step}.`)

  const checkpoints = new Checkpoints(
    async ({ step, path, metrics }) => await report.checkpoint(step, await filesOf(path), metrics),
    (step, error) =>
      report.log(
        `The checkpoint of step ${step} was not uploaded: ${String(error)}. Training goes on; the next one is tried.`,
      ),
  )
  const onEvent = (event: EngineEvent): void => {
    // a pause that came while the engine was starting found no run to end
    if (event.type === 'started' && task.pauseSignal.aborted) training.pause()
    if (event.type === 'progress') report.progress({ ...event, total: event.total || null })
    if (event.type === 'checkpoint') checkpoints.add(event)
  }
  const pause = (): void => training.pause()
  task.pauseSignal.addEventListener('abort', pause, { once: true })
  try {
    // asked to pause while data and base were fetched: nothing is trained yet that a checkpoint could hold
    if (task.pauseSignal.aborted) throw new Paused()
    const end = await training.fineTune(
      {
        base_model_dir: base.dir,
        ...data,
        output_dir: outputDir,
        checkpoint_dir: checkpointDir,
        resume_from: resumeFrom,
        hyperparameters: input.hyperparameters,
        on_too_long: input.on_too_long,
        micro_batch_divisor: lease.micro_batch_divisor,
        checkpoint_interval_seconds: input.checkpoint_interval_seconds,
        ranks: null,
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
