import { htmlText } from './html-text'
import {
  addValues,
  cellReader,
  cellText,
  cellTexts,
  joinValues,
  type GoodRow,
  type Product,
  type ProductAssembler,
  type ProductResult,
} from './product'
import { flatCells, listOf, textsOf } from './rest-product'

/** The exporter writes line breaks as the two characters `\n`, and escapes commas inside a list as `\,`. */
const unescape = (text: string): string => text.replace(/\\n/g, '\n').replace(/\\,/g, ',')
const splitList = (text: string): string[] => text.split(/(?<!\\),/).map((value) => unescape(value).trim())

const statuses: Record<string, string> = { '1': 'published', '0': 'private', '-1': 'draft' }
// the REST interface says it in words
const statusOf = (published: string, status: string): string | null =>
  statuses[published] ?? (status === 'publish' ? 'published' : status || null)

interface OpenProduct {
  row: GoodRow
  keys: Set<string>
  variants: number
  attributes: Map<string, Set<string>>
}

const addAttributes = (attributes: Map<string, Set<string>>, row: GoodRow): void => {
  const read = cellReader(row.cells)
  for (const column of Object.keys(row.cells)) {
    const number = /^Attribute (\d+) name$/i.exec(column)?.[1]
    const name = number === undefined ? '' : read(column)
    if (name !== '') addValues(attributes, name, splitList(read(`Attribute ${number} value(s)`)))
  }
  for (const { name, options, option } of listOf(row.cells.attributes))
    if (cellText(name) !== '') addValues(attributes, cellText(name), textsOf(options ?? option))
}

const close = ({ row, variants, attributes }: OpenProduct): Product => {
  const read = cellReader(row.cells)
  const text = (...names: string[]) => htmlText(unescape(read(...names)))
  const cells = cellTexts(
    Object.fromEntries(
      Object.entries(flatCells(row.cells)).map(([name, value]) => [
        name,
        typeof value === 'string' ? unescape(value) : value,
      ]),
    ),
  )
  return {
    product_id: read('SKU') || read('ID'),
    title: read('Name'),
    description: text('Description') || text('Short description', 'short_description'),
    status: statusOf(read('Published'), read('status')),
    attributes: joinValues(attributes),
    cells,
    variants: variants || textsOf(row.cells.variations ?? []).length,
    place: row.place,
  }
}

/**
 * WooCommerce's product export, or its products as the REST interface (and n8n's WooCommerce node) gives them. A row of type `variation` belongs to the product its `Parent` names (`id:12` or a
 * SKU), or whose id its `parent_id` is. A parent lists all values of its attributes itself, so a variation that comes late adds nothing to it.
 */
export const woocommerceProducts = (): ProductAssembler => {
  let open: OpenProduct | null = null
  const seen = new Set<string>()
  const take = (): ProductResult[] => {
    const done: ProductResult[] = open ? [{ product: close(open) }] : []
    open = null
    return done
  }

  return {
    push(row) {
      const read = cellReader(row.cells)
      if (read('Type').toLowerCase().split(/,\s*/).includes('variation')) {
        const parent = read('Parent') || `id:${read('parent_id')}`
        if (!seen.has(parent))
          return [{ place: row.place, problem: `a variation whose parent "${parent}" is not above it` }]
        if (open?.keys.has(parent)) {
          open.variants += 1
          addAttributes(open.attributes, row)
        }
        return [{ variantOf: parent }]
      }
      const done = take()
      if (read('Name') === '') return [...done, { place: row.place, problem: 'no name' }]
      if (read('SKU') === '' && read('ID') === '') return [...done, { place: row.place, problem: 'neither SKU nor ID' }]
      const keys = new Set([`id:${read('ID')}`, read('SKU')].filter((key) => key !== '' && key !== 'id:'))
      keys.forEach((key) => seen.add(key))
      open = { row, keys, variants: 0, attributes: new Map() }
      addAttributes(open.attributes, row)
      return done
    },
    end: take,
  }
}
