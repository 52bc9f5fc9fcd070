import type { Job, JobEvent } from '../contract/jobs'
import { jobSeconds } from './print-totals'
import { count, duration, energy, grams, money } from './quantities'
import { progressLine } from './progress-line'
import { textTable } from './text-table'

/** Newest first, as the API lists them. */
export const jobsTable = (jobs: readonly Job[]): string =>
  textTable(
    [
      { title: 'id' },
      { title: 'kind' },
      { title: 'status' },
      { title: 'attempt', align: 'right' },
      { title: 'time', align: 'right' },
      { title: 'energy' },
      { title: 'created' },
    ],
    jobs.map((job) => {
      const seconds = jobSeconds(job)
      return [
        job.id,
        job.kind,
        job.status,
        String(job.attempt),
        seconds === null ? '-' : duration(seconds),
        energy(job.usage),
        job.created_at,
      ]
    }),
  )

/** One job, a fact a line. */
export const jobText = (job: Job): string => {
  const { usage } = job
  const seconds = jobSeconds(job)
  const facts: [string, string | null][] = [
    ['kind', job.kind],
    ['status', job.status_reason === null ? job.status : `${job.status} (${job.status_reason})`],
    ['attempt', String(job.attempt)],
    ['progress', job.progress ? progressLine('', job).trim() : null],
    ['time', seconds === null ? null : duration(seconds)],
    ['energy', energy(usage)],
    ['covers', usage.covers.length === 0 ? null : usage.covers.join(', ')],
    ['cost', usage.method === null ? null : money(usage.cost, usage.currency)],
    ['CO2e', usage.method === null ? null : grams(usage.co2e_grams)],
    ['tokens', usage.tokens === null ? null : count(usage.tokens)],
    ['error', job.error ? `${job.error.code}: ${job.error.message} ${job.error.hint}` : null],
    ['result', job.result ? JSON.stringify(job.result) : null],
    ['created', job.created_at],
  ]
  return [job.id, ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(9)} ${value}`]))].join(
    '\n',
  )
}

export const eventLine = ({ seq, created_at, name, data }: JobEvent): string =>
  `${seq}  ${created_at}  ${name}  ${JSON.stringify(data)}`
