/** A caller still counts for this long after its call: samples come once a second. */
const afterglow_ms = 1_200

/**
 * Which jobs of this worker are calling served models right now. What a serving engine uses meanwhile is theirs: a
 * step that writes texts pays for them, not the deployment that it borrowed.
 */
export interface Callers {
  begin(leaseId: string): void
  end(leaseId: string): void
  current(): string[]
}

export const createCallers = (now: () => number = Date.now): Callers => {
  const running = new Map<string, { calls: number; lastSeen: number }>()
  return {
    begin: (leaseId) => {
      running.set(leaseId, { calls: (running.get(leaseId)?.calls ?? 0) + 1, lastSeen: now() })
    },
    end: (leaseId) => {
      running.set(leaseId, { calls: Math.max(0, (running.get(leaseId)?.calls ?? 1) - 1), lastSeen: now() })
    },
    current: () => {
      for (const [leaseId, { calls, lastSeen }] of running)
        if (calls === 0 && now() - lastSeen > afterglow_ms) running.delete(leaseId)
      return [...running.keys()]
    },
  }
}
