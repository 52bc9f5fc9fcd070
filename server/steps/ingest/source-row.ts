/** A file on disk and the name its owner knows it by; messages use the name, never the path. */
export interface Source {
  path: string
  filename: string
}

/** One row as read: its place for messages (`catalogue.csv line 17`) and either its cells or what is wrong with it. */
export type SourceRow = { place: string; cells: Record<string, unknown> } | { place: string; problem: string }

/** Rows in the order of the file. `total` is null where only reading to the end would tell. */
export interface RowBatch {
  rows: SourceRow[]
  total: number | null
}

/** More columns than any shop export has: such a file is a pivot table or was read with the wrong delimiter. */
export const maxColumns = 500

/** Bytes of one row. A longer one is a broken file, and would have to be held in memory whole. */
export const maxRowBytes = 16 * 1024 * 1024
