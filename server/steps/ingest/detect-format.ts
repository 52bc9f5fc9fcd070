import type { IngestFormat, IngestOptions } from '../../contract/ingest'
import { IngestError } from './ingest-error'

/** Column lookup without regard to case: shops changed the case of their headers over the years. */
const has = (columns: readonly string[]) => {
  const lower = new Set(columns.map((column) => column.toLowerCase()))
  return (...names: string[]) => names.some((name) => lower.has(name.toLowerCase()))
}

/** What rows with these columns are, or undefined. */
const formatOf = (columns: readonly string[]): Exclude<IngestFormat, 'auto'> | undefined => {
  const some = has(columns)
  if (some('messages')) return 'openai-chat'
  if (
    some('Handle', 'URL handle') &&
    some('Title') &&
    some('Body (HTML)', 'body_html', 'Description', 'Option1 Name', 'Variant Price', 'Vendor')
  )
    return 'shopify-products'
  if (some('Name') && some('Type') && some('SKU') && some('Categories', 'Short description', 'Regular price', 'Parent'))
    return 'woocommerce-products'
  if (some('prompt') && some('completion')) return 'prompt-completion'
  return undefined
}

/** The stated format, or the one its columns tell. Throws `unknown_format`. */
export const detectFormat = (
  filename: string,
  columns: readonly string[],
  options: Pick<IngestOptions, 'format' | 'mapping'>,
): Exclude<IngestFormat, 'auto'> => {
  if (options.format === 'mapping' && options.mapping === null) {
    throw new IngestError(
      'unknown_format',
      'Format `mapping` was asked for without `mapping`.',
      'State the templates `mapping.prompt` and `mapping.completion`.',
    )
  }
  if (options.format !== 'auto') return options.format
  const format = options.mapping === null ? formatOf(columns) : 'mapping'
  if (format === undefined) {
    throw new IngestError(
      'unknown_format',
      `${filename} has the columns ${columns
        .slice(0, 20)
        .map((name) => `"${name}"`)
        .join(', ')}: no known format has these.`,
      'State `format`, or say with `mapping` how a prompt and a completion are made of the columns.',
    )
  }
  return format
}

/** Throws `missing_column` when none of `names` is there; the message lists what is. */
export const requireColumn = (filename: string, columns: readonly string[], ...names: string[]): void => {
  if (has(columns)(...names)) return
  throw new IngestError(
    'missing_column',
    `${filename} has no column "${names[0]}". It has: ${columns
      .slice(0, 50)
      .map((name) => `"${name}"`)
      .join(', ')}.`,
    'Correct the name of the column in the options, or add the column to the file.',
  )
}
