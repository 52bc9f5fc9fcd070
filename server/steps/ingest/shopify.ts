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

interface OpenProduct {
  row: GoodRow
  handle: string
  variants: number
  optionNames: string[]
  attributes: Map<string, Set<string>>
}

const addOptions = (open: OpenProduct, row: GoodRow): void => {
  const read = cellReader(row.cells)
  for (const n of [1, 2, 3]) {
    // only the first row names the options; variants carry values
    const name = read(`Option${n} Name`) || open.optionNames[n] || ''
    const value = read(`Option${n} Value`)
    // a product without variants has the option "Title: Default Title"
    if (name === '' || value === '' || value === 'Default Title') continue
    open.optionNames[n] = name
    addValues(open.attributes, name, [value])
  }
  for (const { name, values } of listOf(row.cells.options)) {
    const given = textsOf(values ?? []).filter((value) => value !== 'Default Title')
    if (cellText(name) !== '') addValues(open.attributes, cellText(name), given)
  }
}

const close = (open: OpenProduct): Product => {
  const read = cellReader(open.row.cells)
  const published = read('Published', 'Published on online store').toLowerCase()
  return {
    product_id: open.handle,
    title: read('Title'),
    description: htmlText(read('Body (HTML)', 'Description', 'body_html')),
    status: read('Status').toLowerCase() || (published === 'false' ? 'draft' : published === 'true' ? 'active' : null),
    attributes: joinValues(open.attributes),
    cells: cellTexts(flatCells(open.row.cells)),
    variants: open.variants,
    place: open.row.place,
  }
}

/**
 * Shopify's product export, or its products as the REST interface (n8n's Shopify node, the webhook `products/create`)
 * gives them. In the export, rows of one handle follow each other; the first has the title and the texts, the others
 * are variants or further images and have an empty title.
 */
export const shopifyProducts = (): ProductAssembler => {
  let open: OpenProduct | null = null
  const take = (): ProductResult[] => {
    const done: ProductResult[] = open ? [{ product: close(open) }] : []
    open = null
    return done
  }

  return {
    push(row) {
      const read = cellReader(row.cells)
      const handle = read('Handle', 'URL handle')
      if (open !== null && handle === open.handle) {
        const hasValues = read('Option1 Value') !== ''
        if (hasValues) open.variants += 1
        addOptions(open, row)
        return [{ variantOf: handle }]
      }
      const done = take()
      if (handle === '') return [...done, { place: row.place, problem: 'no handle' }]
      if (read('Title') === '')
        return [...done, { place: row.place, problem: `a variant of "${handle}" without its product row above it` }]
      open = { row, handle, variants: listOf(row.cells.variants).length || 1, optionNames: [], attributes: new Map() }
      addOptions(open, row)
      return done
    },
    end: take,
  }
}
