import type { Job } from '../contract/jobs'
import { count, duration, joules } from './quantities'

const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

const unitNames = { rows: 'row', steps: 'step', tokens: 'token', items: 'item', tasks: 'task' } as const

/** How far a job is: `fine-tune  step 12/50  loss 1.92  480 tok/s  eta 41 s  612 J`; parts not known are left out. */
export const progressLine = (
  name: string,
  job: Pick<Job, 'status' | 'status_reason' | 'progress' | 'usage'>,
  withBar = false,
): string => {
  const { progress, usage, status } = job
  const parts = [name]
  if (status !== 'running') parts.push(job.status_reason === null ? status : `${status} (${job.status_reason})`)
  if (progress) {
    const { step, total, unit, eta_seconds, metrics } = progress
    if (withBar && total !== null) parts.push(bar(step / total, 16))
    parts.push(`${unitNames[unit]} ${count(step)}${total === null ? '' : `/${count(total)}`}`)
    const { loss, tokens_per_second: speed } = metrics
    if (loss !== undefined) parts.push(`loss ${loss.toFixed(2)}`)
    if (speed !== undefined) parts.push(`${count(Math.round(speed))} tok/s`)
    if (eta_seconds !== null && status === 'running') parts.push(`eta ${duration(Math.ceil(eta_seconds))}`)
  } else if (status === 'running') {
    parts.push('running')
  }
  if (usage.method !== null) parts.push(joules(usage.energy_joules))
  return parts.join('  ')
}

/** How a job ended: `fine-tune  succeeded  3 min 20 s  3.1 kJ (modelled)`, with its error if it has one. */
export const endLine = (
  name: string,
  job: Pick<Job, 'status' | 'error' | 'usage' | 'started_at' | 'ended_at'>,
): string => {
  const parts = [name, job.status]
  if (job.started_at !== null && job.ended_at !== null)
    parts.push(duration((Date.parse(job.ended_at) - Date.parse(job.started_at)) / 1000))
  if (job.usage.method !== null) parts.push(`${joules(job.usage.energy_joules)} (${job.usage.method})`)
  const line = parts.join('  ')
  return job.error === null ? line : `${line}\n  ${job.error.message}\n  ${job.error.hint}`
}
