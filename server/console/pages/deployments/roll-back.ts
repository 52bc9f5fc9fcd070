import type { Deployment } from '../../../contract/deployments'

export type Generation = Deployment['history'][number]

/**
 * The generation that a roll-back brings back: the one before that which serves or rolls out now; of a stopped deployment
 * the one that served last. Null: there is none. The server decides alike (server/deployments/roll-out.ts).
 */
export const rollBackTarget = (history: readonly Generation[]): Generation | null => {
  const newestFirst = [...history].sort((a, b) => b.generation - a.generation)
  const current = newestFirst.find(({ state }) => state === 'serving' || state === 'rolling_out')
  const before = newestFirst.find(
    ({ generation, state }) =>
      (state === 'serving' || state === 'retired') && (current === undefined || generation < current.generation),
  )
  return before ?? null
}

/** Whether something is on its way, so that the view should look again soon. */
export const isMoving = ({ status, history, replicas }: Deployment): boolean =>
  status === 'starting' ||
  history.some(({ state }) => state === 'rolling_out') ||
  replicas.some(({ state }) => state === 'starting' || state === 'draining')
