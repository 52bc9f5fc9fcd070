import { useTranslation } from 'react-i18next'
import type { JobStatus } from '../../contract/jobs'

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle'

/** A state in words, with a mark whose shape differs as well as its colour. */
export const Badge = ({ tone, children }: { tone: Tone; children: string }) => (
  <span className={`badge ${tone}`}>{children}</span>
)

const tones: Record<JobStatus, Tone> = {
  blocked: 'idle',
  queued: 'idle',
  running: 'busy',
  pausing: 'warn',
  paused: 'warn',
  awaiting_approval: 'warn',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'idle',
}

export const JobBadge = ({ status }: { status: JobStatus }) => {
  const { t } = useTranslation()
  return <Badge tone={tones[status]}>{t(`status.${status}`)}</Badge>
}
