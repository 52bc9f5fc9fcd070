import type { SelectQueryBuilder } from 'kysely'

export interface PageQuery {
  after?: string | undefined
  limit: number
  /** newest first unless given */
  order?: 'desc' | 'asc'
}
export interface Page<T> {
  object: 'list'
  data: T[]
  has_more: boolean
}

/** One page of rows with a sortable id; reads one row more to know whether there is more. */
export const pageOfRows = async <DB, TB extends keyof DB, O extends { id: string }>(
  query: SelectQueryBuilder<DB, TB, O>,
  { after, limit, order = 'desc' }: PageQuery,
): Promise<{ rows: O[]; has_more: boolean }> => {
  let page = query.orderBy('id' as never, order).limit(limit + 1)
  if (after !== undefined) page = page.where('id' as never, order === 'desc' ? '<' : '>', after as never)
  const rows = await page.execute()
  return { rows: rows.slice(0, limit), has_more: rows.length > limit }
}

export const listOf = <T>(data: T[], has_more = false): Page<T> => ({ object: 'list', data, has_more })
