import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow'
import type { Page } from '../contract'
import { forge } from '../transport'
import { found } from './entry'

interface Listed<T> {
  path: string
  query?: Record<string, string>
  show: (each: T) => INodeListSearchItems | null
  filter: string | undefined
  after: string | undefined
  whenEmpty: string
}

const pageSize = 100
const pagesPerSearch = 10

/**
 * One page of a list for a dropdown; `null` from `show` leaves an entry out. A search looks through at most 1,000
 * entries, because Forge's lists have no text filter.
 */
export const listPage = async <T extends { id: string }>(
  context: ILoadOptionsFunctions,
  { path, query, show, filter, after, whenEmpty }: Listed<T>,
): Promise<INodeListSearchResult> => {
  const entries: INodeListSearchItems[] = []
  let cursor = after
  for (let pages = 0; pages < (filter === undefined ? 1 : pagesPerSearch); pages++) {
    const page = await forge<Page<T>>(context, {
      method: 'GET',
      path,
      query: { ...query, limit: pageSize, ...(cursor === undefined ? {} : { after: cursor }) },
    })
    entries.push(...page.data.map(show).filter((each) => each !== null))
    cursor = page.has_more ? page.data.at(-1)?.id : undefined
    if (cursor === undefined) break
  }
  return found(entries, filter, whenEmpty, filter === undefined ? cursor : undefined)
}
