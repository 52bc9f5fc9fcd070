import { terminalStatuses, type JobStatus } from '../contract/jobs'

/** Who may follow whom. Anything not listed is refused by the one place that moves jobs, whoever asks. */
export const moves = {
  blocked: ['queued', 'cancelled', 'failed'],
  queued: ['running', 'paused', 'cancelled', 'failed'],
  running: ['succeeded', 'failed', 'cancelled', 'pausing', 'queued', 'awaiting_approval'],
  pausing: ['paused', 'succeeded', 'failed', 'cancelled'],
  paused: ['queued', 'cancelled', 'failed'],
  awaiting_approval: ['queued', 'cancelled', 'failed'],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<JobStatus, readonly JobStatus[]>

export const mayMove = (from: JobStatus, to: JobStatus): boolean => (moves[from] as readonly JobStatus[]).includes(to)

export const isTerminal = (status: JobStatus): boolean => (terminalStatuses as readonly JobStatus[]).includes(status)

/** What can happen to a job, and what it becomes. `null`: refused with `illegal_move`. */
export const outcomes = {
  lease: { blocked: null, queued: 'running', running: null, pausing: null, paused: null, awaiting_approval: null },
  adopt: { blocked: null, queued: 'running', running: null, pausing: null, paused: null, awaiting_approval: null },
  complete: {
    blocked: null,
    queued: null,
    running: 'succeeded',
    pausing: 'succeeded',
    paused: null,
    awaiting_approval: null,
  },
  fail: { blocked: null, queued: null, running: 'failed', pausing: 'failed', paused: null, awaiting_approval: null },
  retry_later: {
    blocked: null,
    queued: null,
    running: 'queued',
    pausing: 'paused',
    paused: null,
    awaiting_approval: null,
  },
  lose: { blocked: null, queued: null, running: 'queued', pausing: 'paused', paused: null, awaiting_approval: null },
  give_up: { blocked: null, queued: null, running: 'failed', pausing: 'failed', paused: null, awaiting_approval: null },
  expire: {
    blocked: 'failed',
    queued: 'failed',
    running: 'failed',
    pausing: 'failed',
    paused: 'failed',
    awaiting_approval: 'failed',
  },
  unblock: { blocked: 'queued', queued: null, running: null, pausing: null, paused: null, awaiting_approval: null },
  abandon: { blocked: 'failed', queued: null, running: null, pausing: null, paused: null, awaiting_approval: null },
  cancel: {
    blocked: 'cancelled',
    queued: 'cancelled',
    running: 'cancelled',
    pausing: 'cancelled',
    paused: 'cancelled',
    awaiting_approval: 'cancelled',
  },
  pause: {
    blocked: null,
    queued: 'paused',
    running: 'pausing',
    pausing: 'pausing',
    paused: 'paused',
    awaiting_approval: null,
  },
  paused: { blocked: null, queued: null, running: null, pausing: 'paused', paused: null, awaiting_approval: null },
  ask_approval: {
    blocked: null,
    queued: null,
    running: 'awaiting_approval',
    pausing: null,
    paused: null,
    awaiting_approval: null,
  },
  approve: { blocked: null, queued: null, running: null, pausing: null, paused: null, awaiting_approval: 'queued' },
  reject: { blocked: null, queued: null, running: null, pausing: null, paused: null, awaiting_approval: 'cancelled' },
  resume: { blocked: null, queued: 'queued', running: null, pausing: null, paused: 'queued', awaiting_approval: null },
} as const satisfies Record<string, Record<Exclude<JobStatus, 'succeeded' | 'failed' | 'cancelled'>, JobStatus | null>>
export type JobAction = keyof typeof outcomes

/** How a refusal names an action: "A job that is succeeded cannot be cancelled." */
export const participles: Record<JobAction, string> = {
  lease: 'leased',
  adopt: 'taken up again',
  complete: 'completed',
  fail: 'failed',
  retry_later: 'handed back',
  lose: 'lost',
  give_up: 'given up',
  expire: 'timed out',
  unblock: 'unblocked',
  abandon: 'abandoned',
  cancel: 'cancelled',
  pause: 'paused',
  paused: 'paused',
  ask_approval: 'put up for approval',
  approve: 'approved',
  reject: 'rejected',
  resume: 'resumed',
}

/** The status that `action` gives to a job in `status`, or null where that is refused. */
export const outcomeOf = (status: JobStatus, action: JobAction): JobStatus | null =>
  isTerminal(status) ? null : outcomes[action][status as keyof (typeof outcomes)[JobAction]]
