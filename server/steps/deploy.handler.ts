import { setTimeout as wait } from 'node:timers/promises'
import { StepFailed, type Handler } from './handler'

const pollEvery_ms = 500

/** Starts the roll-out and waits until the new generation serves; one that fails leaves the one before in service. */
export const deploy: Handler<'deploy'> = async ({ signal, rollOut, report }) => {
  let state = await rollOut.start()
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
