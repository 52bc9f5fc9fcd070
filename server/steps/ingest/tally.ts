import type { DropReason, IngestErrorCode, IngestFormat, IngestReport } from '../../contract/ingest'
import { IngestError } from './ingest-error'

const invalidReasons: ReadonlySet<DropReason> = new Set([
  'invalid_row',
  'wrong_role',
  'empty_completion',
  'empty_prompt',
])
const errorCodes: Partial<Record<DropReason, IngestErrorCode>> = {
  wrong_role: 'wrong_role',
  empty_completion: 'empty_completion',
}
const invalidHint = 'Correct the rows, or allow a share of bad ones with skip_invalid_percentage.'

/** Adds to a count that may not exist yet. */
export const count = <Key extends string>(counts: Partial<Record<Key, number>>, key: Key, by = 1): void => {
  counts[key] = (counts[key] ?? 0) + by
}

/** Counts what happens to the source rows, and ends the step when too many of them are invalid. */
export class Tally {
  readonly formats: Record<string, IngestFormat> = {}
  readonly dropped: IngestReport['rows_dropped'] = {}
  readonly problems: string[] = []
  readonly columns = new Set<string>()
  rowsIn = 0
  candidates = 0
  variantRows = 0
  products: number | null = null

  constructor(private readonly skipInvalidPercentage: number) {}

  /** Throws at the first invalid row when none may be skipped; the code tells what is wrong with it. */
  drop(reason: DropReason, place: string, problem: string): void {
    count(this.dropped, reason)
    if (!invalidReasons.has(reason)) return
    const text = `${place}: ${problem}`
    if (this.problems.length < 10) this.problems.push(text)
    if (this.skipInvalidPercentage === 0)
      throw new IngestError(errorCodes[reason] ?? 'invalid_row', `${text}.`, invalidHint)
  }

  /** Throws when more rows were invalid than may be; asked at the end, since the share is one of all rows. */
  checkShare(): void {
    const invalid = [...invalidReasons].reduce((sum, reason) => sum + (this.dropped[reason] ?? 0), 0)
    const percentage = (100 * invalid) / Math.max(1, this.rowsIn)
    if (percentage <= this.skipInvalidPercentage) return
    throw new IngestError(
      'invalid_row',
      `${invalid} of ${this.rowsIn} rows (${percentage.toFixed(1)} %) are invalid, more than the ${this.skipInvalidPercentage} % allowed. The first: ${this.problems[0] ?? ''}.`,
      invalidHint,
    )
  }
}
