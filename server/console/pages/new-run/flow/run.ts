import type { IngestOptions } from '../../../../contract/ingest'
import type { Source } from '../data/sources'
import type { Draft } from '../plan/draft'

/** All that an exported file is made of: the data, how they are read, and what a person chose. */
export interface Run {
  dataset: string
  versionId: string
  source: Source
  /** the names of the files, or the address, as the report has them */
  locations: readonly string[]
  options: IngestOptions
  draft: Draft
}

/** The prompt for products where none is given: the contract's own, which the browser does not load. A test compares them. */
export const defaultPromptTemplate = `Write the {{ channel }} text in {{ language }} for this product.
Product: {{ title }}
{% for fact in facts %}
- {{ fact }}
{% endfor %}`

const defaults = {
  format: 'auto',
  mapping: null,
  validation_split: 0,
  deduplicate: true,
  max_rows: null,
  min_rows: 1,
  redact_personal_data: false,
  skip_invalid_percentage: 0,
} as const
type Plain = Pick<IngestOptions, keyof typeof defaults>

/** The options that differ from what Forge does anyway: a short file says what matters. */
export const statedOptions = (options: IngestOptions): Partial<Plain> =>
  Object.fromEntries(
    (Object.keys(defaults) as (keyof Plain)[])
      .filter((name) => options[name] !== defaults[name])
      .map((name) => [name, options[name]]),
  )

/** What is stated of product exports, where anything is. */
export const statedProductTexts = ({
  product_texts: { prompt_template, system_template, columns, fact_columns },
}: IngestOptions): Partial<IngestOptions['product_texts']> => ({
  ...(prompt_template === defaultPromptTemplate ? {} : { prompt_template }),
  ...(system_template === null ? {} : { system_template }),
  ...(columns === null ? {} : { columns }),
  ...(Object.keys(fact_columns).length === 0 ? {} : { fact_columns }),
})
