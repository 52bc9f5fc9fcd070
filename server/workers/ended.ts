/** Why a task's signal was aborted. The first three have nobody left to tell. */
export type EndReason = 'cancelled' | 'lease_lost' | 'offline_too_long' | 'worker_stopped' | 'paused'

const messages: Record<EndReason, string> = {
  cancelled: 'The job was cancelled.',
  lease_lost: 'The lease is lost: another attempt has the job, or it ended.',
  offline_too_long: 'The server could not be reached for longer than the offline grace.',
  worker_stopped: 'The worker stops; the job goes back to the queue.',
  paused: 'The job pauses.',
}

/** The reason of a task's aborted signal. */
export class Ended extends Error {
  override readonly name = 'Ended'

  constructor(readonly reason: EndReason) {
    super(messages[reason])
  }
}
