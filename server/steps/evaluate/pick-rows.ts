/**
 * At most `limit` of the rows, by index and in their order: each stratum gives one in turn, its first ones first. The
 * same rows on every run, and small strata are not lost among large ones.
 */
export const pickRows = (strata: readonly string[], limit: number): number[] => {
  const members = new Map<string, number[]>()
  strata.forEach((stratum, index) => {
    const known = members.get(stratum)
    if (known) known.push(index)
    else members.set(stratum, [index])
  })
  const queues = [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, indices]) => indices)
  const picked: number[] = []
  for (let round = 0; picked.length < limit && queues.some((queue) => queue.length > round); round += 1) {
    for (const queue of queues) {
      const index = queue[round]
      if (index !== undefined && picked.length < limit) picked.push(index)
    }
  }
  return picked.sort((a, b) => a - b)
}
