/**
 * Does the work for 0 … count-1, at most `limit` at once, and gives the results in that order. The first error stops
 * what has not begun and is thrown once the work under way has ended.
 */
export const inParallel = async <T>(
  count: number,
  limit: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> => {
  const results: T[] = new Array<T>(count)
  let next = 0
  let failed = false
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next++
      try {
        results[index] = await work(index)
      } finally {
        failed ||= !(index in results)
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.max(1, Math.min(limit, count)) }, lane))
  const broken = lanes.find((outcome) => outcome.status === 'rejected')
  if (broken) throw broken.reason
  return results
}
