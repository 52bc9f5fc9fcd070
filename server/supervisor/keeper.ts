import { setTimeout as sleep } from 'node:timers/promises'
import { BackOff, type BackOffLimits } from './back-off'
import type { Log, Part, ReadyLine, RunningPart } from './part'

/** A part that dies this often without ever having been ready is not going to be. */
const firstStartAttempts = 5

/** One life of a part. `readyAt`: by the process's clock; undefined when it never was. `reason`: why it was not. */
interface Run {
  readyAt: number | undefined
  hopeless: boolean
  reason: unknown
}

/** Keeps one part running: starts it again, later and later, until told to stop. */
export class Keeper {
  private running: RunningPart | undefined
  private readonly stopping = new AbortController()
  private loop: Promise<void> | undefined

  constructor(
    private readonly part: Part,
    private readonly ready: Map<string, ReadyLine>,
    private readonly log: Log,
    private readonly limits: BackOffLimits,
  ) {}

  get name(): string {
    return this.part.name
  }

  /** The process id now; undefined between two runs. */
  get pid(): number | undefined {
    return this.running?.pid
  }

  /** Resolves when the part is ready for the first time; rejects when it cannot be started. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.loop = this.keep(resolve, reject)
    })
  }

  /** Stops the part and stays stopped. Safe to call twice and before `start`. */
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running?.stop()
    await this.loop
  }

  private async keep(firstReady: () => void, giveUp: (reason: unknown) => void): Promise<void> {
    const backOff = new BackOff(this.limits)
    let readyAt: number | undefined
    for (let failures = 1; !this.isStopping(); failures += 1) {
      const run = await this.runOnce(firstReady)
      readyAt = run.readyAt ?? readyAt
      if (this.isStopping()) break
      if (readyAt === undefined && (run.hopeless || failures >= firstStartAttempts)) {
        giveUp(run.reason)
        return
      }
      const wait_ms = backOff.next_ms(run.readyAt === undefined ? 0 : performance.now() - run.readyAt)
      const why = run.reason instanceof Error ? run.reason.message : `${this.name} ended.`
      this.log('supervisor', `${why} Starting it again in ${wait_ms} ms.`)
      await sleep(wait_ms, undefined, { signal: this.stopping.signal }).catch(() => undefined) // told to stop meanwhile
    }
    giveUp(new Error(`${this.name} was stopped before it was ready.`))
  }

  private async runOnce(onReady: () => void): Promise<Run> {
    let readyAt: number | undefined
    try {
      const running = await this.part.start(this.ready)
      this.running = running
      // told to stop while it was starting: `stop` could not see it yet
      if (this.isStopping()) await running.stop()
      const reason = await running.ready.then(
        (line) => {
          readyAt = performance.now()
          this.ready.set(this.name, line)
          onReady()
          return undefined
        },
        (error: unknown) => error,
      )
      const { hopeless } = await running.exited
      return { readyAt, hopeless, reason }
    } catch (reason) {
      return { readyAt: undefined, hopeless: false, reason }
    } finally {
      this.running = undefined
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted
  }
}
