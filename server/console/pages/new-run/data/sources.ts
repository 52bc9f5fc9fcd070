import type { Input } from '../../../api/client'

type CreateDataset = Input<'createDataset'>['body']
export type Source = CreateDataset['source']
export type Options = NonNullable<CreateDataset['options']>

/** What a person says of a source on the network; fields of the other types stay as they were typed. */
export interface SourceDraft {
  type: 'url' | 's3' | 'sql'
  url: string
  uri: string
  query: string
  /** id of a connection; empty: none */
  connection: string
}
export const emptySource: SourceDraft = { type: 'url', url: '', uri: '', query: '', connection: '' }

/** The type of connection that a source takes, and whether it needs one. */
export const connectionOf = {
  url: { type: 'http', isNeeded: false },
  s3: { type: 's3', isNeeded: true },
  sql: { type: 'postgres', isNeeded: true },
} as const

/** The source as the API takes it; null while something is missing. */
export const sourceOf = ({ type, url, uri, query, connection }: SourceDraft): Source | null => {
  if (connectionOf[type].isNeeded && connection === '') return null
  switch (type) {
    case 'url':
      return /^https?:\/\/[^/]/i.test(url) ? { type, url, connection: connection === '' ? null : connection } : null
    case 's3':
      return /^s3:\/\/[^/]+\/.+/.test(uri) ? { type, uri, connection } : null
    case 'sql':
      return query.trim() === '' ? null : { type, query, connection }
  }
}
