import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { recipeFile } from '../../server/contract/recipe-file'
import { textRules } from '../../server/contract/text-rules'
import { checkTextRules } from '../../server/steps/evaluate/check-text-rules'
import type { Product } from '../../server/steps/ingest/product'
import { productFacts } from '../../server/steps/ingest/product-prompt'
import { productVariableNames } from '../../server/steps/ingest/product-rows'
import { readProducts } from '../../server/steps/ingest/read-products'
import { textTemplate } from '../../server/steps/ingest/template'

const folder = join(__dirname, '..', '..', 'examples', 'ecommerce-content')
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')

interface Copy { product: string; language: string; channel: string; text: string; facts: string[] }
let catalogue: Product[]
let newProducts: Product[]
let copies: Copy[]
let tempDir: string

const productsOf = async (filename: string): Promise<Product[]> => {
  const products: Product[] = []
  const source = { path: join(folder, filename), filename }
  for await (const product of readProducts(source, 'shopify-products', tempDir, AbortSignal.timeout(15_000))) products.push(product)
  return products
}
const recipe = async () => recipeFile.parse(parse(await read('recipe.yaml')))

beforeAll(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'forge-catalogue-'))
  catalogue = await productsOf('catalogue.csv')
  newProducts = await productsOf('new-products.csv')
  const { columns, fact_columns } = (await recipe()).ingest
  copies = catalogue.flatMap((product) =>
    (columns ?? []).map(({ column, language, channel }) => ({
      product: product.title, language, channel, text: product.cells[column] ?? '', facts: productFacts(product, language, fact_columns),
    })))
})
afterAll(() => rm(tempDir, { recursive: true }))

test('the catalogue has at least 300 products of at least 10 types, each with nine texts', () => {
  expect(catalogue.length).toBeGreaterThanOrEqual(300)
  expect(new Set(catalogue.map(({ cells }) => cells['Type'])).size).toBeGreaterThanOrEqual(10)
  expect(copies).toHaveLength(catalogue.length * 9)
  expect(copies.filter(({ text }) => text === '')).toEqual([])
})

test('every text of the catalogue obeys the house style', async () => {
  const rules = textRules.parse(parse(await read('brand-rules.yaml')))
  const broken = copies.flatMap((copy) => checkTextRules(copy.text, copy, rules).map((rule) => `${copy.product}, ${copy.channel} ${copy.language}: ${rule}`))
  expect(broken).toEqual([])
})

test('no two texts are equal', () => {
  expect(new Set(copies.map(({ text }) => text)).size).toBe(copies.length)
})

test('no opening of three words is used by more than 3 % of the texts of a language', () => {
  for (const language of ['en', 'de', 'fr']) {
    const texts = copies.filter((copy) => copy.language === language).map(({ text }) => text)
    const openings = new Map<string, number>()
    for (const text of texts) {
      const opening = text.toLowerCase().split(/\s+/).slice(0, 3).join(' ')
      openings.set(opening, (openings.get(opening) ?? 0) + 1)
    }
    expect([...openings].filter(([, uses]) => uses > texts.length * 0.03)).toEqual([])
  }
})

test('new products are not in the catalogue and carry no texts', () => {
  const known = new Set(catalogue.map(({ title }) => title))
  expect(newProducts).toHaveLength(12)
  expect(newProducts.filter(({ title }) => known.has(title))).toEqual([])
  expect(newProducts.flatMap(({ cells }) => Object.keys(cells)).filter((column) => column.startsWith('Copy'))).toEqual([])
})

test('types are mixed, so that the first rows show what all are like', () => {
  expect(new Set(catalogue.slice(0, 40).map(({ cells }) => cells['Type'])).size).toBeGreaterThanOrEqual(10)
})

test('the prompt names channel, language, product and facts, and needs only columns that both exports have', async () => {
  const template = textTemplate(await read('templates/product.md'), 'templates/product.md')
  for (const products of [catalogue, newProducts]) {
    template.requireVariables('export', productVariableNames(Object.keys(products[0]!.cells)))
  }
  expect(template.render({ channel: 'social', language: 'de', title: 'Oak Board', facts: ['Eiche', '38 x 22 cm'] }, 'here'))
    .toBe('Write the social text in German.\nProduct: Oak Board\nFacts: Eiche; 38 x 22 cm')
})

test('recipe columns are columns of the catalogue', async () => {
  const { columns, fact_columns } = (await recipe()).ingest
  const wanted = [...(columns ?? []).map(({ column }) => column), ...Object.values(fact_columns).flat()]
  expect(wanted.filter((column) => !(column in catalogue[0]!.cells))).toEqual([])
})
