import type { ProductFormat, ProductTexts } from '../../contract/ingest'
import { conversation, type Outcome, type RowMaker } from './candidate'
import { requireColumn } from './detect-format'
import { detectLanguage } from './language'
import type { Product, ProductAssembler, ProductResult } from './product'
import { productFacts, productMetadata, productVariables, type Target } from './product-prompt'
import { shopifyProducts } from './shopify'
import { textTemplate, type TextTemplate } from './template'
import { woocommerceProducts } from './woocommerce'

/** The assembler of a product format. */
export const productAssembler = (format: ProductFormat): ProductAssembler =>
  format === 'shopify-products' ? shopifyProducts() : woocommerceProducts()

/** Throws `missing_column` when the export lacks what makes it one. */
export const requireProductColumns = (format: ProductFormat, filename: string, columns: readonly string[]): void => {
  if (format === 'shopify-products') {
    requireColumn(filename, columns, 'Handle', 'URL handle')
    requireColumn(filename, columns, 'Title')
  } else {
    requireColumn(filename, columns, 'Name')
    requireColumn(filename, columns, 'Type')
  }
}

/** The variables a prompt template finds for this export. */
export const productVariableNames = (columns: readonly string[]): string[] => {
  const empty: Product = {
    product_id: '',
    title: '',
    description: '',
    status: null,
    attributes: {},
    variants: 0,
    place: '',
    cells: Object.fromEntries(columns.map((name) => [name, ''])),
  }
  return Object.keys(productVariables(empty, { language: '', channel: '' }, [])).filter((name) => name !== 'row')
}

/** One training row per product and text column. Throws `missing_column`, `invalid_template`. */
export const productRows = (
  format: ProductFormat,
  filename: string,
  columns: readonly string[],
  texts: ProductTexts,
): RowMaker => {
  requireProductColumns(format, filename, columns)
  for (const { column } of texts.columns ?? []) requireColumn(filename, columns, column)
  for (const column of Object.values(texts.fact_columns).flat()) requireColumn(filename, columns, column)
  const prompt = textTemplate(texts.prompt_template, 'product_texts.prompt_template')
  const system =
    texts.system_template === null ? null : textTemplate(texts.system_template, 'product_texts.system_template')
  for (const template of [prompt, system]) template?.requireVariables(filename, productVariableNames(columns))

  const textOutcome = (product: Product, target: Target, completion: string, languageIsStated: boolean): Outcome => {
    const facts = productFacts(product, target.language, texts.fact_columns)
    const variables = productVariables(product, target, facts)
    const render = (template: TextTemplate) => template.render(variables, product.place)
    const question = render(prompt)
    if (question === '')
      return { dropped: 'empty_prompt', place: product.place, problem: 'the prompt template gives an empty text' }
    return {
      candidate: {
        row: {
          messages: conversation(system === null ? null : render(system), question, completion),
          metadata: productMetadata(product, target, facts),
        },
        group: product.product_id,
        ...target,
        languageIsStated,
      },
    }
  }
  const outcomes = (product: Product): Outcome[] => {
    const targets =
      texts.columns === null
        ? [{ completion: product.description, language: null, channel: 'shop', source: 'description' }]
        : texts.columns.map(({ column, language, channel }) => ({
            completion: product.cells[column] ?? '',
            language,
            channel,
            source: `column "${column}"`,
          }))
    return [
      { product: product.product_id },
      ...targets.map(
        ({ completion, language, channel, source }): Outcome =>
          completion === ''
            ? { dropped: 'no_text', place: product.place, problem: `${source} is empty` }
            : textOutcome(
                product,
                { language: language ?? detectLanguage(completion).language, channel },
                completion,
                language !== null,
              ),
      ),
    ]
  }
  const translate = (results: ProductResult[]): Outcome[] =>
    results.flatMap((result): Outcome[] =>
      'product' in result
        ? outcomes(result.product)
        : 'variantOf' in result
          ? [result]
          : [{ dropped: 'no_product', ...result }],
    )

  const assembler = productAssembler(format)
  return { push: (row) => translate(assembler.push(row)), end: () => translate(assembler.end()) }
}
