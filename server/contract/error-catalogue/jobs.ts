import { of, type ErrorEntry } from './entry'

/** Of the life of a job: its moves, leases, gate, approval and limits. */
export const jobErrors = {
  event_expired: {
    status: 410,
    retryable: false,
    message: (f) => `The event "${of(f, 'id')}" is older than the events that are kept (FORGE_EVENT_RETENTION_DAYS).`,
    hint: 'What came after it may be gone too: look at GET /v1/events, then open the stream without Last-Event-ID.',
  },
  callback_unreachable: {
    status: 422,
    retryable: false,
    message: (f) => `Nothing at callback_url takes a callback: ${of(f, 'detail')}. No job was started.`,
    hint: 'Set N8N_WEBHOOK_URL of n8n to an address that the Forge server reaches, and list that host in FORGE_OUTGOING_ALLOW of the server if it is not a public one.',
  },
  illegal_move: {
    status: 409,
    retryable: false,
    message: (f) => `A job that is ${of(f, 'from')} cannot be ${of(f, 'action')}.`,
    hint: 'Read the job again; docs/job-states.md draws what may follow what.',
  },
  lease_lost: {
    status: 409,
    retryable: false,
    message: (f) => `The lease ${of(f, 'lease')} is no longer held: the job was given to another attempt or ended.`,
    hint: 'Stop the engine and drop what it made; another attempt has the job.',
  },
  gate_failed: {
    status: 409,
    retryable: false,
    message: (f) => `Model ${of(f, 'model')} did not pass its gate: ${of(f, 'reasons')}.`,
    hint: 'Improve the model, or deploy with force=true and a reason (it is audited).',
  },
  approval_decided: {
    status: 409,
    retryable: false,
    message: (f) => `Approval ${of(f, 'id')} is no longer open: ${of(f, 'outcome')}.`,
    hint: 'A decision stands. Deploy again, or retry the job that was cancelled: it asks anew.',
  },
  approval_rejected: {
    status: 409,
    retryable: false,
    message: (f) => `"${of(f, 'by')}" rejected model ${of(f, 'model')} as "${of(f, 'deployment')}": ${of(f, 'reason')}`,
    hint: 'Do what the reason asks for, then deploy again: what serves now goes on serving.',
  },
  approval_expired: {
    status: 409,
    retryable: false,
    message: (f) =>
      `Nobody decided by ${of(f, 'expires_at')} whether model ${of(f, 'model')} may be deployed as "${of(f, 'deployment')}".`,
    hint: 'Retry the job to ask again, or give more time with approval_timeout_seconds.',
  },
  worker_lost: {
    status: 500,
    retryable: true,
    message: (f) => `The worker was lost ${of(f, 'times')} times in a row without a new checkpoint.`,
    hint: 'Look at the worker log for memory or power trouble, then retry the job.',
  },
  timed_out: {
    status: 504,
    retryable: false,
    message: (f) => `The job ran longer than its ${of(f, 'what')}.`,
    hint: 'Raise timeout_s or deadline_at.',
  },
  dependency_failed: {
    status: 424,
    retryable: false,
    message: (f) => `The step "${of(f, 'step')}" before it ended as ${of(f, 'status')}: ${of(f, 'detail')}`,
    hint: 'Look at that step; retrying the recipe keeps the steps that succeeded.',
  },
} satisfies Record<string, ErrorEntry>
