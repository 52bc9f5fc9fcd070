/** What a part said of itself when it became ready, such as its address. */
export type ReadyLine = Readonly<Record<string, unknown>>

/** Takes one line that a part printed. */
export type Log = (part: string, line: string) => void

/** A part that was started. */
export interface RunningPart {
  pid: number | undefined
  /** Resolves when it serves; rejects when it ends before that. */
  ready: Promise<ReadyLine>
  /** Resolves when it has ended. `hopeless`: starting it again cannot help. */
  exited: Promise<{ hopeless: boolean }>
  stop: () => Promise<void>
}

/** One thing to keep running. */
export interface Part {
  name: string
  /** `ready`: the ready lines of the parts before it, by name. */
  start: (ready: ReadonlyMap<string, ReadyLine>) => Promise<RunningPart>
}
