import type { DatasetVersion } from '../../../contract/datasets'
import type { DropReason } from '../../../contract/ingest'

export interface Change<Name extends string = string> {
  name: Name
  before: number
  after: number
}
export interface Difference {
  counts: Change<'rows' | 'validation_rows' | 'rows_in' | 'duplicates'>[]
  languages: Change[]
  dropped: Change<DropReason>[]
  columnsAdded: string[]
  columnsGone: string[]
  sameRows: boolean
}

const changes = <Name extends string>(
  before: Partial<Record<Name, number>>,
  after: Partial<Record<Name, number>>,
): Change<Name>[] =>
  [...new Set([...Object.keys(after), ...Object.keys(before)] as Name[])].map((name) => ({
    name,
    before: before[name] ?? 0,
    after: after[name] ?? 0,
  }))

/** What differs between two versions, from their reports: no row is read. */
export const differenceOf = (before: DatasetVersion, after: DatasetVersion): Difference => {
  const countsOf = ({ rows, validation_rows, report: { rows_in, duplicates } }: DatasetVersion) => ({
    rows,
    validation_rows,
    rows_in,
    duplicates,
  })
  const had = before.report.columns
  const has = after.report.columns
  return {
    counts: changes(countsOf(before), countsOf(after)),
    languages: changes(before.report.languages, after.report.languages),
    dropped: changes(before.report.rows_dropped, after.report.rows_dropped),
    columnsAdded: has.filter((name) => !had.includes(name)),
    columnsGone: had.filter((name) => !has.includes(name)),
    sameRows: before.sha256 === after.sha256 && before.validation_sha256 === after.validation_sha256,
  }
}
