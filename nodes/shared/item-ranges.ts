/** Input items as short text (`0-99,120`): a job's metadata holds at most 512 characters. */
export const compact = (items: readonly number[]): string => {
  const ranges: [number, number][] = []
  for (const item of items) {
    const last = ranges.at(-1)
    if (last?.[1] === item - 1) last[1] = item
    else ranges.push([item, item])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}

/** The input items that {@link compact} wrote. */
export const expand = (text: string | undefined): number[] =>
  (text ?? '')
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, offset) => from + offset)
    })

/** How an output item is paired with the input items that it came from. */
export const pairs = (items: readonly number[]): { item: number }[] | { item: number } => {
  const [first] = items
  return items.length === 1 && first !== undefined ? { item: first } : items.map((item) => ({ item }))
}
