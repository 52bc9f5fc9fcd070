import { htmlText } from './html-text'
import type { SourceRow } from './source-row'

/** A product of a shop's export, its variant rows merged. */
export interface Product {
  /** Shopify's handle, WooCommerce's SKU or id: groups all texts of a product. */
  product_id: string
  title: string
  /** Plain text, '' if there is none. */
  description: string
  status: string | null
  /** Option or attribute name → its values, joined by `, `. */
  attributes: Record<string, string>
  /** All cells of the product's first row, by column; HTML turned into text. */
  cells: Record<string, string>
  variants: number
  place: string
}

/** Turns the rows of an export into products. `push` answers with those that are complete, `end` with the last one. */
export interface ProductAssembler {
  push(row: { place: string; cells: Record<string, unknown> }): ProductResult[]
  end(): ProductResult[]
}
export type ProductResult = { product: Product } | { variantOf: string } | { place: string; problem: string }
export type GoodRow = Extract<SourceRow, { cells: unknown }>

/** A cell as trimmed text; '' for none. */
export const cellText = (value: unknown): string => {
  if (typeof value === 'string') return value.trim()
  return value === null || value === undefined ? '' : JSON.stringify(value)
}

/** All cells as text, HTML turned into readable text. */
export const cellTexts = (cells: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, htmlText(cellText(value))]))

interface ColumnNames {
  columns: string[]
  byLowerCase: Map<string, string>
}
let lastNames: ColumnNames = { columns: [], byLowerCase: new Map() }

/** The columns by their lower-case names; the rows of a file have the same ones, so the last answer mostly serves. */
const columnNames = (cells: Record<string, unknown>): Map<string, string> => {
  const columns = Object.keys(cells)
  const same =
    columns.length === lastNames.columns.length && columns.every((name, index) => name === lastNames.columns[index])
  if (!same) lastNames = { columns, byLowerCase: new Map(columns.map((name) => [name.toLowerCase(), name])) }
  return lastNames.byLowerCase
}

/** Reads cells by any of several names without regard to case; '' if none is there. */
export const cellReader = (cells: Record<string, unknown>) => {
  const byLowerCase = columnNames(cells)
  return (...names: string[]): string => {
    for (const name of names) {
      const column = byLowerCase.get(name.toLowerCase())
      if (column !== undefined) return cellText(cells[column])
    }
    return ''
  }
}

/** Adds `values` to an attribute, each once, in the order met. */
export const addValues = (attributes: Map<string, Set<string>>, name: string, values: readonly string[]): void => {
  const known = attributes.get(name) ?? new Set()
  for (const value of values) if (value !== '') known.add(value)
  if (known.size > 0) attributes.set(name, known)
}

export const joinValues = (attributes: Map<string, Set<string>>): Record<string, string> =>
  Object.fromEntries([...attributes].map(([name, values]) => [name, [...values].join(', ')]))
