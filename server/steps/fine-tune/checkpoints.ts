import type { LocalCheckpoint } from '../handler'

/**
 * Uploads checkpoints one at a time beside the training. One that comes while another is on its way waits, and gives
 * its place to a newer one: the newest is all that a lost attempt needs. With `every_ms` one that comes sooner after the
 * last, or after the beginning, is left to the worker's disk.
 */
export class Checkpoints {
  private next: LocalCheckpoint | undefined
  private running: Promise<void> | undefined
  private durableStep = -1
  private closed = false
  private lastTaken = Date.now()

  constructor(
    private readonly upload: (checkpoint: LocalCheckpoint) => Promise<void>,
    private readonly onFailure: (step: number, error: unknown) => void,
    private readonly every_ms = 0,
  ) {}

  add(checkpoint: LocalCheckpoint): void {
    if (this.closed || Date.now() - this.lastTaken < this.every_ms) return
    this.lastTaken = Date.now()
    this.next = checkpoint
    this.running ??= this.drain()
  }

  /** Waits for what is on its way and makes this one durable. Throws what its upload throws. */
  async settle(last: LocalCheckpoint): Promise<void> {
    this.next = undefined
    await this.running
    if (this.durableStep === last.step) return
    await this.upload(last)
    this.durableStep = last.step
  }

  /** Takes no more checkpoints, and no longer complains about one that fails. */
  close(): void {
    this.closed = true
    this.next = undefined
  }

  private async drain(): Promise<void> {
    for (let current = this.next; current; current = this.next) {
      this.next = undefined
      try {
        await this.upload(current)
        this.durableStep = current.step
      } catch (error) {
        if (!this.closed) this.onFailure(current.step, error)
      }
    }
    this.running = undefined
  }
}
