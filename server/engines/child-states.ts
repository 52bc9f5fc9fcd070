/** Where an engine's process stands. `busy`: a run (training) or a load (serving) is under way. */
export type ChildState = 'starting' | 'ready' | 'busy' | 'stopping' | 'exited'

/** Who may follow whom; anything not listed is a bug in a driver. */
export const childMoves = {
  starting: ['ready', 'stopping', 'exited'],
  ready: ['busy', 'stopping', 'exited'],
  busy: ['ready', 'stopping', 'exited'],
  stopping: ['exited'],
  exited: [],
} as const satisfies Record<ChildState, readonly ChildState[]>

/** Whether an engine child may go from one state to another. */
export const mayMove = (from: ChildState, to: ChildState): boolean =>
  (childMoves[from] as readonly ChildState[]).includes(to)
