import type { GenerateInput, GenerationItem } from '../../contract/generations'
import { StepFailed, type Task } from '../handler'
import { IngestError } from '../ingest/ingest-error'
import { productFacts, productMetadata, productVariables } from '../ingest/product-prompt'
import { readProducts } from '../ingest/read-products'
import { columnVariables, textTemplate } from '../ingest/template'

type SourceOf<Type extends GenerateInput['source']['type']> = Extract<GenerateInput['source'], { type: Type }>
const maxItems = 10_000

/** One item per product, language and channel, with the prompt that training rows of this product get. */
const fromProducts = async (
  source: SourceOf<'products'>,
  { blobs, folder, signal }: Task,
): Promise<GenerationItem[]> => {
  const template = textTemplate(source.prompt_template, 'source.prompt_template')
  const items: GenerationItem[] = []
  for await (const product of readProducts(await blobs.open(source.file_id), source.format, folder, signal)) {
    for (const language of source.languages) {
      for (const channel of source.channels) {
        const target = { language, channel }
        const facts = productFacts(product, language, source.fact_columns)
        const content = template.render(productVariables(product, target, facts), product.place)
        items.push({ messages: [{ role: 'user', content }], metadata: productMetadata(product, target, facts) })
      }
    }
    if (items.length > maxItems) {
      throw new StepFailed(
        'invalid_request',
        `The export with these languages and channels gives more than ${maxItems} texts. Split it into several jobs.`,
      )
    }
  }
  return items
}

const fromRows = (source: SourceOf<'rows'>): GenerationItem[] => {
  const template = textTemplate(source.template, 'source.template')
  const system = source.system === null ? null : textTemplate(source.system, 'source.system')
  return source.rows.map((row, index) => {
    const render = (of: typeof template) => of.render(columnVariables(row), `row ${index + 1}`)
    return {
      messages: [
        ...(system === null ? [] : [{ role: 'system' as const, content: render(system) }]),
        { role: 'user' as const, content: render(template) },
      ],
      metadata: row,
    }
  })
}

/** Everything to write, in order. Throws StepFailed for faults of the source or its template. */
export const expandItems = async ({ source }: GenerateInput, task: Task): Promise<GenerationItem[]> => {
  try {
    switch (source.type) {
      case 'items':
        return source.items
      case 'rows':
        return fromRows(source)
      case 'products':
        return await fromProducts(source, task)
    }
  } catch (error) {
    if (!(error instanceof IngestError)) throw error
    throw new StepFailed('ingest_failed', `${error.message} ${error.hint}`, { cause: error })
  }
}
