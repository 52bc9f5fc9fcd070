import type { INodeListSearchItems, INodeListSearchResult } from 'n8n-workflow'

/** `name · detail · detail`: what tells two entries of a list apart. */
export const entry = (
  value: string,
  name: string,
  details: readonly (string | null | undefined)[] = [],
): INodeListSearchItems => ({ name: [name, ...details.filter(Boolean)].join(' · '), value })

/** The day of a time, as it is read everywhere. */
export const day = (time: string | number): string =>
  new Date(typeof time === 'number' ? time * 1000 : time).toISOString().slice(0, 10)

const matches = ({ name, value }: INodeListSearchItems, filter: string): boolean =>
  `${name} ${String(value)}`.toLowerCase().includes(filter.trim().toLowerCase())

/** The entries that hold the filter's text; where there is nothing at all, one entry that says what to do about it. */
export const found = (
  entries: INodeListSearchItems[],
  filter: string | undefined,
  whenEmpty: string,
  paginationToken?: string,
): INodeListSearchResult => {
  if (entries.length === 0 && filter === undefined) return { results: [{ name: whenEmpty, value: '' }] }
  return {
    results: filter === undefined ? entries : entries.filter((each) => matches(each, filter)),
    ...(paginationToken === undefined ? {} : { paginationToken }),
  }
}
