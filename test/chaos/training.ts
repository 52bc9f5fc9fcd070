import { readAccess, urlOf } from '../../server/storage/embedded-postgres/access'
import { Client } from 'pg'
import type { ForgeClient } from '../../server/client/client'
import type { Job, JobEvent } from '../../server/contract/jobs'
import type { Model } from '../../server/contract/models'
import { routes } from '../../server/contract/routes'
import { followJob, onceBack } from './job-events'

const words = 'blue scarf wool warm soft shawl hand made autumn green winter light gift cotton silk'.split(' ')

/** Chat rows as OpenAI's fine-tuning takes them; the same at every call. */
const rows = (count: number): string =>
  Array.from({ length: count }, (_none, row) => {
    const text = (length: number, start: number) =>
      Array.from({ length }, (_word, at) => words[(row * 7 + at * (row + 3) + start) % words.length]).join(' ')
    const messages = [
      { role: 'user', content: text(4 + (row % 5), 0) },
      { role: 'assistant', content: text(6 + (row % 9), 1) },
    ]
    return `${JSON.stringify({ messages })}\n`
  }).join('')

/** Uploads the rows and makes a dataset of them. Returns the id of its version. */
export const makeDataset = async (client: ForgeClient): Promise<string> => {
  const file = await client.call(routes.putFile, {
    query: { purpose: 'dataset', filename: 'rows.jsonl' },
    body: Buffer.from(rows(64)),
  })
  const source = { type: 'files' as const, file_ids: [file.id] }
  const options = { format: 'openai-chat' as const, deduplicate: false }
  const { id } = await client.call(routes.createDataset, { body: { name: 'chaos', source, options } })
  await lastOf(followJob(() => client, id))
  const { result } = await client.call(routes.getJob, { params: { id } })
  return result?.['dataset_version_id'] as string
}

/** A tiny random model unless `FORGE_CHAOS_MODEL` names another one in `.models`, such as smollm2-135m-instruct. */
export const chaosModel = process.env['FORGE_CHAOS_MODEL'] ?? null

/** Starts a fine-tune that writes a checkpoint each second. Returns its id. */
export const startTraining = async (client: ForgeClient, dataset: string, steps: number): Promise<string> => {
  const { id } = await client.call(routes.createJob, {
    body: {
      kind: 'fine-tune',
      input: {
        base_model: chaosModel ?? 'folder:tiny',
        data: { type: 'dataset', dataset_version_id: dataset },
        checkpoint_interval_seconds: 1,
        // so small a batch is one micro-batch also when the second try after a loss of memory halves them
        hyperparameters: { seed: 7, epochs: 100, max_steps: steps, batch_size: 4, lora_rank: 4, learning_rate: 0.003 },
      },
    },
  })
  return id
}

/** How a job went, all told. `losses`: step_metrics.csv of its model. `energy_joules`: charged to each attempt. */
export interface Outcome {
  job: Job
  events: JobEvent[]
  models: Model[]
  losses: string
  energy_joules: number[]
  logs: { attempt: number; line: string }[]
}

/** Follows a job to its end, calling `atCheckpoint` once, at the first durable checkpoint. */
export const follow = async (
  client: () => ForgeClient,
  folder: string,
  id: string,
  atCheckpoint: () => void | Promise<void> = () => undefined,
): Promise<Outcome> => {
  const events: JobEvent[] = []
  for await (const event of followJob(client, id)) {
    const isFirst = event.name === 'job.checkpoint' && !events.some(({ name }) => name === 'job.checkpoint')
    events.push(event)
    if (isFirst) await atCheckpoint()
  }
  const params = { id }
  const job = await onceBack(() => client().call(routes.getJob, { params }))
  const all = await onceBack(() => client().call(routes.listModels, {}))
  const models = all.data.filter((model) => model.job_id === id)
  const { lines: logs } = await onceBack(() => client().call(routes.getJobLogs, { params }))
  const losses = models[0] ? await onceBack(() => lossesOf(client(), models[0]!.id)) : ''
  return { job, events, models, losses, logs, energy_joules: await energyOf(folder, job) }
}

const lossesOf = async (client: ForgeClient, model: string): Promise<string> => {
  const bytes = await client.stream(routes.getModelContent, { params: { id: model, name: 'step_metrics.csv' } })
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** What the ledger holds for each attempt, in order; the API shows only their sum. */
const energyOf = async (folder: string, { id }: Job): Promise<number[]> => {
  const client = new Client({ connectionString: urlOf(readAccess(folder)!) })
  await client.connect()
  try {
    const { rows: entries } = await client.query<{ energy_joules: number }>(
      'select energy_joules from app.ledger_entry where job_id = $1 order by owner',
      [id],
    )
    return entries.map(({ energy_joules }) => energy_joules)
  } finally {
    await client.end()
  }
}

/** Steps that were done twice, and how many there were at most between two checkpoints. */
export const recomputed = ({
  job,
  events,
  logs,
}: Outcome): { steps: number; resumedFrom: number; interval: number } => {
  const second = events.findLastIndex(({ name }) => name === 'job.running')
  const first = events.slice(0, second)
  const stepsOf = (name: string, among: JobEvent[]): number[] =>
    among.filter((event) => event.name === name).map(({ data }) => Number(data['step']))
  const all = [0, ...stepsOf('job.checkpoint', events), Number(job.progress?.total)]
  const note = /^Going on from the checkpoint of step (\d+)\.$/
  const resumedFrom = Number(
    logs.map(({ attempt, line }) => (attempt === 2 ? note.exec(line)?.[1] : null)).find(Boolean),
  )
  const durable = stepsOf('job.checkpoint', first).at(-1) ?? 0
  if (!(resumedFrom >= durable)) {
    throw new Error(
      `The second attempt did not go on from step ${durable} or later:\n${logs.map(({ line }) => line).join('\n')}`,
    )
  }
  return {
    steps: Math.max(0, ...stepsOf('job.progress', first)) - resumedFrom,
    resumedFrom,
    interval: Math.max(...all.slice(1).map((step, index) => step - all[index]!)),
  }
}

const lastOf = async <T>(items: AsyncIterable<T>): Promise<T | undefined> => {
  let last: T | undefined
  for await (const item of items) last = item
  return last
}
