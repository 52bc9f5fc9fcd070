import { ForgeError } from '../../../contract/errors'
import { fineTuneInput, type FineTuneInput, type FineTuningJob } from '../../../contract/fine-tuning'
import { defaultLearningRates } from '../../../contract/hyperparameters'
import type { Serving } from '../../../contract/models'
import { jobOptions, type Job } from '../../../contract/jobs'
import { routes } from '../../../contract/routes'
import { expectResultServing } from '../../../deployments/serving-view'
import { cancelJob } from '../../../jobs/control'
import { getJob, viewJobs } from '../../../jobs/view'
import { baseOf, checkpointName } from '../../../storage/sql/find-checkpoint'
import { createStepJob } from '../../create-step-job'
import { listOf, pageOfRows } from '../../page'
import type { Ports } from '../../ports'
import type { Register } from '../../register'

const statusOf = {
  blocked: 'validating_files',
  queued: 'queued',
  awaiting_approval: 'queued',
  paused: 'queued',
  running: 'running',
  pausing: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<Job['status'], FineTuningJob['status']>

const toJobId = (id: string): string => id.replace(/^ftjob_/, 'job_')
const seconds = (time: string | null): number | null => (time === null ? null : Math.floor(Date.parse(time) / 1000))

/** A Forge job in OpenAI's words. */
const view = (job: Job, serving: Serving): FineTuningJob => {
  const input = fineTuneInput.parse(job.input)
  const { data } = input
  const eta = job.status === 'running' ? (job.progress?.eta_seconds ?? null) : null
  const model = job.result?.['model_id']
  return {
    id: job.id.replace(/^job_/, 'ftjob_'),
    object: 'fine_tuning.job',
    model: input.base_model,
    created_at: seconds(job.created_at) ?? 0,
    finished_at: seconds(job.ended_at),
    estimated_finish: eta === null ? null : Math.ceil(Date.now() / 1000 + eta),
    fine_tuned_model: typeof model === 'string' ? model : null,
    status: statusOf[job.status],
    trained_tokens: typeof job.result?.['trained_tokens'] === 'number' ? job.result['trained_tokens'] : null,
    training_file: data.type === 'dataset' ? data.dataset_version_id : data.training_file,
    validation_file: data.type === 'dataset' ? null : data.validation_file,
    hyperparameters: {
      n_epochs: input.hyperparameters.epochs,
      batch_size: input.hyperparameters.batch_size,
      learning_rate_multiplier:
        (input.hyperparameters.learning_rate ?? defaultLearningRates[input.method]) /
        defaultLearningRates[input.method],
    },
    result_files: [],
    seed: input.hyperparameters.seed,
    error: job.error ? { code: job.error.code, message: job.error.message, param: null } : null,
    metadata: job.metadata,
    forge: { job_id: job.id, status: job.status, progress: job.progress, usage: job.usage, error: job.error, serving },
  }
}

const chosen = <T>(value: T | 'auto' | undefined): T | undefined => (value === 'auto' ? undefined : value)

/** OpenAI's fine-tuning calls, over the same jobs. */
export const fineTuningRoutes = (on: Register, ports: Ports): void => {
  const { db, prices } = ports
  const find = async (id: string, projectId: string): Promise<Job> => {
    const job = await getJob(db, toJobId(id), projectId, prices.currency)
    if (job.kind !== 'fine-tune') throw new ForgeError('job_not_found', { id })
    return job
  }

  const shown = async (job: Job, projectId: string): Promise<FineTuningJob> => {
    const base = await baseOf(db, projectId, fineTuneInput.parse(job.input).base_model)
    return view(job, await expectResultServing(db, projectId, base))
  }

  on(routes.createFineTuningJob, async (call) => {
    const { body } = call
    const asked = body.method?.supervised?.hyperparameters ?? body.hyperparameters ?? {}
    const multiplier = chosen(asked.learning_rate_multiplier)
    const input: FineTuneInput = fineTuneInput.parse({
      base_model: body.model,
      suffix: body.suffix ?? null,
      data: /^file_/.test(body.training_file)
        ? { type: 'files', training_file: body.training_file, validation_file: body.validation_file ?? null }
        : { type: 'dataset', dataset_version_id: body.training_file },
      hyperparameters: {
        epochs: chosen(asked.n_epochs),
        batch_size: chosen(asked.batch_size),
        ...(multiplier === undefined ? {} : { learning_rate: defaultLearningRates.lora * multiplier }),
        seed: body.seed ?? undefined,
        ...body.forge?.hyperparameters,
      },
      ...(body.forge?.on_too_long ? { on_too_long: body.forge.on_too_long } : {}),
    })
    return await shown(
      await createStepJob(ports, call, {
        kind: 'fine-tune',
        input,
        job: jobOptions.parse({ ...body.forge?.job, metadata: body.metadata ?? {} }),
      }),
      call.caller.projectId,
    )
  })
  on(routes.listFineTuningJobs, async ({ query, caller }) => {
    const page = await pageOfRows(
      db
        .selectFrom('app.job')
        .selectAll()
        .where('project_id', '=', caller.projectId)
        .where('kind', '=', 'fine-tune')
        .where('status', '!=', 'blocked'),
      query.after === undefined ? query : { ...query, after: toJobId(query.after) },
    )
    const jobs = await viewJobs(db, page.rows, prices.currency)
    return listOf(await Promise.all(jobs.map((job) => shown(job, caller.projectId))), page.has_more)
  })
  on(routes.getFineTuningJob, async ({ params, caller }) =>
    shown(await find(params.id, caller.projectId), caller.projectId),
  )
  on(routes.cancelFineTuningJob, async ({ params, caller }) => {
    await find(params.id, caller.projectId)
    await cancelJob(db, toJobId(params.id), caller.projectId)
    return await shown(await find(params.id, caller.projectId), caller.projectId)
  })
  on(routes.listFineTuningCheckpoints, async ({ params, query, caller }) => {
    const job = await find(params.id, caller.projectId)
    const page = await pageOfRows(db.selectFrom('app.checkpoint').selectAll().where('job_id', '=', job.id), query)
    return listOf(
      page.rows.map(({ id, step, metrics, created_at }) => ({
        id,
        object: 'fine_tuning.job.checkpoint' as const,
        created_at: Math.floor(created_at.getTime() / 1000),
        fine_tuned_model_checkpoint: checkpointName(job.id, step),
        fine_tuning_job_id: job.id.replace(/^job_/, 'ftjob_'),
        step_number: step,
        metrics: { step, train_loss: metrics['loss'] ?? null },
      })),
      page.has_more,
    )
  })
  on(routes.listFineTuningEvents, async ({ params, query, caller }) => {
    const job = await find(params.id, caller.projectId)
    let rows = db.selectFrom('app.job_event').selectAll().where('job_id', '=', job.id)
    if (query.after !== undefined) rows = rows.where('seq', '<', Number(query.after.split(':').at(-1)))
    const found = await rows
      .orderBy('seq', 'desc')
      .limit(query.limit + 1)
      .execute()
    return listOf(
      found.slice(0, query.limit).map((row) => ({
        id: `${row.job_id}:${String(row.seq)}`,
        object: 'fine_tuning.job.event' as const,
        created_at: Math.floor(row.created_at.getTime() / 1000),
        level: row.name === 'job.failed' ? ('error' as const) : ('info' as const),
        type: row.name === 'job.progress' ? ('metrics' as const) : ('message' as const),
        message: row.name,
        data: row.data as Record<string, never>,
      })),
      found.length > query.limit,
    )
  })
}
