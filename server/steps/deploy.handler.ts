import { setTimeout as wait } from 'node:timers/promises'
import { AwaitsApproval, StepFailed, type Handler, type RollOutState } from './handler'

const pollEvery_ms = 500

/**
 * Starts the roll-out and waits until the new generation serves; one that fails leaves the one before in service. Where
 * a person must approve first, the attempt ends, and another one goes on after that.
 */
export const deploy: Handler<'deploy'> = async ({ signal, rollOut, report }) => {
  const started = await rollOut.start()
  if (started.state === 'awaiting_approval') throw new AwaitsApproval('The deployment waits for a person.')
  let state: RollOutState = started
  report.log(`Generation ${state.generation} of deployment ${state.deployment_id} is rolling out.`)
  while (state.state === 'rolling_out') {
    await wait(pollEvery_ms, undefined, { signal }).catch(() => undefined)
    signal.throwIfAborted()
    state = await rollOut.state()
  }
  if (state.state === 'serving')
    return { kind: 'deploy', deployment_id: state.deployment_id, generation: state.generation }
  throw new StepFailed(
    'deployment_failed',
    state.error ?? `Generation ${state.generation} ended as ${state.state} before it served.`,
  )
}
