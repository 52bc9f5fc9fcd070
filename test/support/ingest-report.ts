import type { IngestReport } from '../../server/contract/ingest'

/** A report of an ingest that read nothing, for jobs that scripted workers complete. */
export const emptyReport: IngestReport = {
  sources: [],
  formats: {},
  rows_in: 0,
  products: null,
  variant_rows: 0,
  candidate_rows: 0,
  rows_kept: 0,
  train_rows: 0,
  validation_rows: 0,
  rows_dropped: {},
  duplicates: 0,
  first_problems: [],
  languages: {},
  channels: {},
  languages_checked: 0,
  language_mismatches: 0,
  prompt_characters: null,
  completion_characters: null,
  personal_data: { redacted: false, found: {} },
  columns: [],
  appended_to: null,
  sample: [],
}
