import type { ProductFormat } from '../../contract/ingest'
import type { Product } from './product'
import { productAssembler, requireProductColumns } from './product-rows'
import { readSource } from './read-source'
import type { Source } from './source-row'

/**
 * The products of an export one by one, for callers that write texts instead of learning from them.
 * Rows that belong to no product are passed over. Throws as `readSource`, and `missing_column`.
 */
export async function* readProducts(
  source: Source,
  format: ProductFormat,
  tempDir: string,
  signal: AbortSignal,
): AsyncGenerator<Product> {
  const assembler = productAssembler(format)
  let checked = false
  for await (const { rows } of readSource(source, tempDir, signal)) {
    for (const row of rows) {
      if ('problem' in row) continue
      if (!checked) requireProductColumns(format, source.filename, Object.keys(row.cells))
      checked = true
      for (const result of assembler.push(row)) if ('product' in result) yield result.product
    }
  }
  for (const result of assembler.end()) if ('product' in result) yield result.product
}
