import type { Side } from './candidate'

/** What is remembered of a kept row until all rows are known: some 40 bytes. */
export interface Ticket {
  /** Language and channel, as one key. */
  stratum: string
  /** Decide the row's luck: [0, 1), by the hash of the row and of its group. */
  rowFraction: number
  groupFraction: number
  /** Where the rows of its group are already, in the version that is appended to. */
  side: Side | null
  /** Of that version itself: it is never left out. */
  appendedTo: boolean
}

/** Share of `limit` for each stratum: proportional, by largest remainder, at least 1 where there is room. */
const quotas = (sizes: Map<string, number>, limit: number): Map<string, number> => {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const exact = [...sizes]
    .map(([stratum, size]) => ({ stratum, share: (size * limit) / total }))
    .sort((a, b) => (a.stratum < b.stratum ? -1 : 1))
  const given = new Map(exact.map(({ stratum, share }) => [stratum, Math.floor(share)]))
  let left = limit - [...given.values()].reduce((sum, n) => sum + n, 0)
  const byNeed = exact.sort((a, b) => {
    const need = (share: number) => (share < 1 ? 1 : share - Math.floor(share))
    return need(b.share) - need(a.share)
  })
  for (const { stratum } of byNeed) {
    if (left === 0) break
    given.set(stratum, (given.get(stratum) ?? 0) + 1)
    left -= 1
  }
  return given
}

/** Which rows stay when at most `limit` may: of each stratum its share, the same rows on every run. */
export const sampleRows = (tickets: readonly Pick<Ticket, 'stratum' | 'rowFraction'>[], limit: number): boolean[] => {
  if (tickets.length <= limit) return tickets.map(() => true)
  const strata = new Map<string, number[]>()
  tickets.forEach(({ stratum }, index) => {
    const members = strata.get(stratum)
    if (members) members.push(index)
    else strata.set(stratum, [index])
  })
  const keep = tickets.map(() => false)
  const share = quotas(new Map([...strata].map(([stratum, members]) => [stratum, members.length])), limit)
  for (const [stratum, members] of strata) {
    members.sort((a, b) => (tickets[a]?.rowFraction ?? 0) - (tickets[b]?.rowFraction ?? 0) || a - b)
    for (const index of members.slice(0, share.get(stratum))) keep[index] = true
  }
  return keep
}

/** Which rows stay: those of the version that is appended to, and at most `limit` of the others (null: all). */
export const chosenRows = (tickets: readonly Ticket[], limit: number | null): boolean[] => {
  if (limit === null) return tickets.map(() => true)
  const sampled = sampleRows(
    tickets.filter((ticket) => !ticket.appendedTo),
    limit,
  )
  let next = 0
  return tickets.map((ticket) => ticket.appendedTo || sampled[next++] === true)
}

/**
 * The threshold below which a group is held back for validation. A group's side does not depend on the other
 * groups, so a product stays where it was when the catalogue grows; only where that would leave one side empty
 * is the threshold moved by one group.
 */
export const validationThreshold = (groupFractions: readonly number[], split: number): number => {
  const groups = [...new Set(groupFractions)].sort((a, b) => a - b)
  const lowest = groups[0]
  const second = groups[1]
  const highest = groups.at(-1)
  if (split === 0 || lowest === undefined || second === undefined || highest === undefined) return 0
  if (lowest >= split) return second
  return highest < split ? highest : split
}
