import type { IngestFormat, IngestOptions } from '../../contract/ingest'
import type { RowMaker } from './candidate'
import { chatRows } from './chat-rows'
import { detectFormat, requireColumn } from './detect-format'
import { IngestError } from './ingest-error'
import { mappedRows, promptCompletionRows } from './pair-rows'
import { productRows } from './product-rows'

/** Chooses how the rows of a file become training rows. Throws `unknown_format`, `missing_column`, `invalid_template`. */
export const makeRows = (
  filename: string,
  columns: readonly string[],
  options: IngestOptions,
): { format: IngestFormat; maker: RowMaker } => {
  const format = detectFormat(filename, columns, options)
  const maker = (): RowMaker => {
    switch (format) {
      case 'shopify-products':
      case 'woocommerce-products':
        return productRows(format, filename, columns, options.product_texts)
      case 'openai-chat':
        requireColumn(filename, columns, 'messages')
        return chatRows()
      case 'prompt-completion':
        return promptCompletionRows(filename, columns)
      case 'mapping':
        if (options.mapping !== null) return mappedRows(filename, columns, options.mapping)
        throw new IngestError(
          'unknown_format',
          'Format `mapping` needs `mapping`.',
          'State the templates `mapping.prompt` and `mapping.completion`.',
        )
    }
  }
  return { format, maker: maker() }
}
