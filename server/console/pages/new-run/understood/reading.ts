import type { IngestOptions, IngestReport } from '../../../../contract/ingest'
import type { Options } from '../data/sources'

/** How the rows are read, as the form shows it. Shares are in percent, as people say them. */
export interface Reading {
  /** `auto`: as its columns tell */
  use: 'auto' | 'mapping'
  prompt: string
  completion: string
  system: string
  /** of a product export: the column to learn from; empty: the description */
  textColumn: string
  language: string
  channel: string
  validationPercent: number | null
  deduplicate: boolean
  redact: boolean
  maxRows: number | null
  invalidPercent: number | null
}

/** What a new file is read with. */
export const firstOptions: Options = { validation_split: 0.1 }

/** The form for rows that were read with these options. */
export const readingOf = (options: IngestOptions): Reading => {
  const text = options.product_texts.columns?.[0]
  return {
    use: options.mapping === null ? 'auto' : 'mapping',
    prompt: options.mapping?.prompt ?? '',
    completion: options.mapping?.completion ?? '',
    system: options.mapping?.system ?? '',
    textColumn: text?.column ?? '',
    language: text?.language ?? 'en',
    channel: text?.channel ?? 'shop',
    validationPercent: rounded(options.validation_split * 100),
    deduplicate: options.deduplicate,
    redact: options.redact_personal_data,
    maxRows: options.max_rows,
    invalidPercent: options.skip_invalid_percentage,
  }
}

/** The options that the form asks for; what it does not show stays as it was. */
export const optionsOf = (reading: Reading, before: IngestOptions): Options => {
  const isMapped = reading.use === 'mapping'
  return {
    ...before,
    // a format that was stated stays, unless the form leaves the mapping or turns to it
    format: isMapped ? 'mapping' : before.format === 'mapping' ? 'auto' : before.format,
    mapping: isMapped
      ? {
          prompt: reading.prompt,
          completion: reading.completion,
          system: reading.system.trim() === '' ? null : reading.system,
        }
      : null,
    product_texts: { ...before.product_texts, columns: textColumnsOf(reading, before) },
    validation_split: (reading.validationPercent ?? 0) / 100,
    deduplicate: reading.deduplicate,
    redact_personal_data: reading.redact,
    max_rows: reading.maxRows,
    skip_invalid_percentage: reading.invalidPercent ?? 0,
  }
}

/** Several columns that were stated elsewhere stay as long as the first one does. */
const textColumnsOf = (
  { textColumn: column, language, channel }: Reading,
  { product_texts: { columns } }: IngestOptions,
): IngestOptions['product_texts']['columns'] => {
  if (column === '') return null
  const first = columns?.[0]
  if (columns !== null && first?.column === column && first.language === language && first.channel === channel)
    return columns
  return [{ column, language, channel }]
}

/** Whether the form can be sent. */
export const isComplete = (reading: Reading): boolean =>
  (reading.use === 'auto' || (reading.prompt.trim() !== '' && reading.completion.trim() !== '')) &&
  (reading.textColumn === '' || (reading.language.length >= 2 && reading.channel.trim() !== ''))

/** Whether the rows were taken for products. */
export const isOfProducts = (report: IngestReport | null): boolean =>
  report !== null && Object.values(report.formats).some((format) => format.endsWith('-products'))

const rounded = (value: number): number => Math.round(value * 100) / 100
