import { cellText } from './product'

/** A list in a product as a shop's REST interface gives it; none where the cell is no list. */
export const listOf = (cell: unknown): Record<string, unknown>[] =>
  Array.isArray(cell)
    ? cell.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null)
    : []

/** The texts in a list, e.g. the values of an option. */
export const textsOf = (cell: unknown): string[] =>
  (Array.isArray(cell) ? (cell as unknown[]) : [cell]).map(cellText).filter((text) => text !== '')

/** What stands for an entry of a list in a text: a category or tag has a name, an image its address. */
const shownAs = (entry: unknown): string => {
  if (typeof entry !== 'object' || entry === null) return cellText(entry)
  const { src, name, title } = entry as Record<string, unknown>
  return cellText(src ?? name ?? title)
}

/**
 * The cells of a product with its lists as texts (`Coffee, Filter`), as the exports write them: one template then serves
 * for both. Cells that are no lists stay as they are.
 */
export const flatCells = (cells: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(cells).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? value
            .map(shownAs)
            .filter((text) => text !== '')
            .join(', ')
        : value,
    ]),
  )
