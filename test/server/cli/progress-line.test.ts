import { endLine, progressLine } from '../../../server/cli/progress-line'
import { jobWith } from './job'

const usage = { ...jobWith({}).usage, energy_joules: 612, method: 'modelled' as const }

test('a running step shows step, loss, speed, time left and energy', () => {
  const progress = {
    step: 12,
    total: 50,
    unit: 'steps' as const,
    eta_seconds: 40.2,
    metrics: { loss: 1.918, tokens_per_second: 480.4 },
  }
  expect(progressLine('fine-tune', jobWith({ progress, usage }))).toBe(
    'fine-tune  step 12/50  loss 1.92  480 tok/s  eta 41 s  612 J',
  )
  expect(progressLine('fine-tune', jobWith({ progress, usage }), true)).toContain('████░░░░░░░░░░░░  step 12/50')
})

test('what is not known is left out', () => {
  expect(progressLine('ingest', jobWith({}))).toBe('ingest  running')
  expect(progressLine('ingest', jobWith({ status: 'queued', status_reason: 'no_worker_fits' }))).toBe(
    'ingest  queued (no_worker_fits)',
  )
})

test('a step that failed shows its error and the remedy', () => {
  const error = {
    code: 'disk_full' as const,
    message: 'There is no room left.',
    hint: 'Free some room.',
    retryable: true,
  }
  const line = endLine(
    'fine-tune',
    jobWith({
      status: 'failed',
      error,
      usage,
      started_at: '2026-01-01T00:00:00.000Z',
      ended_at: '2026-01-01T00:03:20.000Z',
    }),
  )
  expect(line).toBe('fine-tune  failed  3 min 20 s  612 J (modelled)\n  There is no room left.\n  Free some room.')
})
