import type { FactColumns } from '../../contract/ingest'
import type { Product } from './product'
import { columnVariables } from './template'

/** Where a text is used and in which language it is written. */
export interface Target {
  language: string
  channel: string
}

/** The facts a text of this language may state: the cells of its fact columns split on `; `, else the attributes. */
export const productFacts = (product: Product, language: string, factColumns: FactColumns): string[] => {
  const columns = factColumns[language]
  if (columns === undefined) return Object.entries(product.attributes).map(([name, values]) => `${name}: ${values}`)
  return columns
    .flatMap((column) => (product.cells[column] ?? '').split('; '))
    .map((fact) => fact.trim())
    .filter((fact) => fact !== '')
}

const cellVariables = new WeakMap<Product, Record<string, unknown>>()

/** Everything a prompt template can use for one text of one product. */
export const productVariables = (
  product: Product,
  target: Target,
  facts: readonly string[],
): Record<string, unknown> => ({
  ...variablesOfCells(product),
  product_id: product.product_id,
  title: product.title,
  description: product.description,
  attributes: product.attributes,
  status: product.status ?? '',
  language: target.language,
  channel: target.channel,
  facts,
})

/** Made once per product: several texts are rendered of it. */
const variablesOfCells = (product: Product): Record<string, unknown> => {
  const variables = cellVariables.get(product) ?? columnVariables(product.cells)
  cellVariables.set(product, variables)
  return variables
}

/** What is kept beside a row about its product. */
export const productMetadata = (product: Product, target: Target, facts: string[]) => ({
  product_id: product.product_id,
  title: product.title,
  language: target.language,
  channel: target.channel,
  facts,
  status: product.status,
})
