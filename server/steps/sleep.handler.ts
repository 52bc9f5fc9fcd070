import { setTimeout as wait } from 'node:timers/promises'
import { sleepInput } from '../contract/sleep'
import { Paused, StepFailed, type Handler } from './handler'

const tick_ms = 250

/** Waits, reporting progress; goes on from its last checkpoint. Fails at the end when it was asked to. */
export const sleep: Handler<'sleep'> = async ({ lease, signal, pauseSignal, report }) => {
  const { seconds, checkpoint_every_seconds, fail_with } = sleepInput.parse(lease.input)
  const before = lease.resume?.metrics['slept_seconds'] ?? 0
  const started = performance.now()
  const slept = () => Math.min(seconds, before + (performance.now() - started) / 1000)
  const checkpoint = async () => {
    const now = slept()
    await report.checkpoint(Math.floor(now), [], { slept_seconds: now })
    saved = now
  }

  let saved = before
  while (slept() < seconds) {
    await wait(Math.min(tick_ms, (seconds - slept()) * 1000), undefined, { signal }).catch(() => undefined)
    signal.throwIfAborted()
    if (pauseSignal.aborted) {
      await checkpoint()
      throw new Paused()
    }
    const now = slept()
    report.progress({
      step: Math.floor(now),
      total: Math.ceil(seconds) || null,
      unit: 'steps',
      eta_seconds: seconds - now,
    })
    if (checkpoint_every_seconds !== null && now - saved >= checkpoint_every_seconds) await checkpoint()
  }
  if (fail_with === 'user_error')
    throw new StepFailed('invalid_request', 'The job was asked to fail with fail_with "user_error".')
  if (fail_with === 'out_of_memory')
    throw new StepFailed('out_of_memory', 'The job was asked to fail with fail_with "out_of_memory".')
  return { kind: 'sleep', slept_seconds: slept() }
}
