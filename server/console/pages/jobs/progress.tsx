import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Job } from '../../../contract/jobs'
import { useFormats } from '../../ui/use-formats'

/** The time, anew every second while something runs. */
const useNow = (isRunning: boolean): number => {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isRunning])
  return now
}

/** From the start to the end, or to now. */
export const JobDuration = ({ job: { started_at, ended_at } }: { job: Job }) => {
  const format = useFormats()
  const now = useNow(started_at !== null && ended_at === null)
  if (started_at === null) return '–'
  const end = ended_at === null ? now : Date.parse(ended_at)
  return format.duration(Math.max(0, (end - Date.parse(started_at)) / 1000))
}

/** How far a job is, or why it waits or failed. */
export const ProgressCell = ({ job: { status, status_reason, progress, error } }: { job: Job }) => {
  const { t } = useTranslation()
  const format = useFormats()
  if (status === 'failed') return <span title={error?.hint}>{error?.message ?? ''}</span>
  if (status === 'blocked' || status === 'queued')
    return <span className="muted">{status_reason === null ? '' : t(`reason.${status_reason}`, status_reason)}</span>
  if (progress === null) return ''
  const { step, total, unit, eta_seconds: eta } = progress
  const count = total === null ? format.number(step) : `${format.number(step)} / ${format.number(total)}`
  return (
    <div style={{ minWidth: 150 }}>
      <span className="row" style={{ justifyContent: 'space-between' }}>
        <span>
          {count} {t(`unit.${unit}`)}
        </span>
        {eta !== null && status === 'running' && (
          <span className="muted">{t('jobs.eta', { time: format.duration(eta) })}</span>
        )}
      </span>
      {total !== null && (
        <div
          className="meter"
          role="progressbar"
          aria-label={t('jobs.progress')}
          aria-valuenow={step}
          aria-valuemin={0}
          aria-valuemax={total}
        >
          <div style={{ width: `${String(Math.min(100, (100 * step) / total))}%` }} />
        </div>
      )}
    </div>
  )
}
