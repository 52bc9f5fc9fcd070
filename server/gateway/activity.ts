/** Tells the database, at most every 2 s, which deployments are being called: none of them is idle. */
export interface Activity {
  note(deploymentId: string): void
  close(): Promise<void>
}

export interface ActivityOptions {
  touch: (deploymentIds: readonly string[]) => Promise<void>
  /** deployments with a running request */
  busy: () => readonly string[]
  onError: (error: Error) => void
  /** 2000 by default; `deployments/sleep-idle.ts` allows for it */
  everyMs?: number
}

/** A request that runs is reported again and again, so that a long one does not look idle from another server. */
export const openActivity = ({ touch, busy, onError, everyMs = 2000 }: ActivityOptions): Activity => {
  let noted = new Set<string>()
  let last = Promise.resolve()
  const report = (): Promise<void> => {
    const ids = [...new Set([...noted, ...busy()])]
    noted = new Set()
    return (last = last.then(() => (ids.length > 0 ? touch(ids) : undefined)).catch(onError))
  }
  const timer = setInterval(() => void report(), everyMs)
  return {
    note(deploymentId) {
      noted.add(deploymentId)
    },
    async close() {
      clearInterval(timer)
      await report()
    },
  }
}
