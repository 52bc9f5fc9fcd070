import type { Output } from './context'

/** Shows what is going on: one line that is rewritten on a terminal, plain lines elsewhere. */
export interface LiveLines {
  /** The state of `name` now. Off a terminal, written only when its time has come. */
  update(name: string, line: string): void
  /** A line that stays. */
  settle(line: string): void
  /** Clears what is not settled. */
  end(): void
}

/** @param intervalMs - off a terminal, at most one line per name in this time. Default 5,000 */
export const liveLines = (
  out: Output,
  isTerminal: boolean,
  intervalMs = 5000,
  now: () => number = Date.now,
): LiveLines => {
  const clear = '\r\u001b[2K'
  const last = new Map<string, { at: number; line: string }>()
  if (isTerminal) {
    return {
      update: (_name, line) => void out.write(`${clear}${line}`),
      settle: (line) => void out.write(`${clear}${line}\n`),
      end: () => void out.write(clear),
    }
  }
  return {
    update(name, line) {
      const before = last.get(name)
      if (before && (before.line === line || now() - before.at < intervalMs)) return
      last.set(name, { at: now(), line })
      out.write(`${line}\n`)
    },
    settle: (line) => void out.write(`${line}\n`),
    end: () => undefined,
  }
}
