import type { ConnectionType, CreateConnection } from '../../../../contract/connections'

/** How a value of a connection is asked for. `secret` is never shown again; `lines` holds several values. */
export type FieldKind = 'text' | 'url' | 'number' | 'check' | 'secret' | 'lines' | 'tls'
export const tlsModes = ['verify-full', 'require', 'disable'] as const

const fields = {
  s3: {
    endpoint: { kind: 'url', optional: true, initial: '' },
    region: { kind: 'text', initial: 'us-east-1' },
    access_key_id: { kind: 'text', initial: '' },
    secret_access_key: { kind: 'secret', initial: '' },
    force_path_style: { kind: 'check', initial: '' },
  },
  postgres: {
    host: { kind: 'text', initial: '' },
    port: { kind: 'number', initial: '5432' },
    database: { kind: 'text', initial: '' },
    user: { kind: 'text', initial: '' },
    password: { kind: 'secret', initial: '' },
    tls: { kind: 'tls', initial: 'verify-full' },
  },
  http: { base_url: { kind: 'url', initial: '' }, headers: { kind: 'lines', initial: '' } },
  huggingface: { token: { kind: 'secret', initial: '' } },
  airflow: {
    base_url: { kind: 'url', initial: '' },
    username: { kind: 'text', optional: true, initial: '' },
    password: { kind: 'secret', initial: '' },
    verify_tls: { kind: 'check', initial: 'true' },
    ca_pem: { kind: 'lines', optional: true, initial: '' },
  },
} as const satisfies Record<ConnectionType, Record<string, { kind: FieldKind; optional?: boolean; initial: string }>>

type Names<T> = T extends unknown ? keyof T : never
export type FieldName = Names<(typeof fields)[ConnectionType]>
export interface ConnectionField {
  name: FieldName
  kind: FieldKind
  /** may stay empty */
  optional?: boolean
  initial: string
}

export const connectionTypes = Object.keys(fields) as ConnectionType[]

export const fieldsOf = (type: ConnectionType): ConnectionField[] =>
  Object.entries<Omit<ConnectionField, 'name'>>(fields[type]).map(([name, field]) => ({
    name: name as FieldName,
    ...field,
  }))

/** What is written so far: a tick is `true`. */
export type Draft = Partial<Record<FieldName, string>>

export const emptyDraft = (type: ConnectionType): Draft =>
  Object.fromEntries(fieldsOf(type).map(({ name, initial }) => [name, initial]))

export const isComplete = (type: ConnectionType, draft: Draft): boolean =>
  fieldsOf(type).every(
    ({ name, kind, optional }) => kind === 'check' || optional === true || (draft[name] ?? '').trim() !== '',
  )

/** `Name: value` lines as headers; lines without a colon are left out. */
export const headersOf = (lines: string): Record<string, string> =>
  Object.fromEntries(
    lines.split('\n').flatMap((line) => {
      const at = line.indexOf(':')
      return at < 1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]]
    }),
  )

/** The connection that a draft describes, for the API to check. */
export const connectionOf = (name: string, type: ConnectionType, draft: Draft): CreateConnection => {
  // a secret may begin or end with a space
  const raw = (field: FieldName): string => draft[field] ?? ''
  const text = (field: FieldName): string => raw(field).trim()
  const orNull = (field: FieldName): string | null => (text(field) === '' ? null : text(field))
  switch (type) {
    case 's3':
      return {
        name,
        type,
        settings: {
          endpoint: orNull('endpoint'),
          region: text('region'),
          access_key_id: text('access_key_id'),
          force_path_style: raw('force_path_style') === 'true',
        },
        secrets: { secret_access_key: raw('secret_access_key') },
      }
    case 'postgres':
      return {
        name,
        type,
        settings: {
          host: text('host'),
          port: Number(text('port')),
          database: text('database'),
          user: text('user'),
          tls: tlsModes.find((mode) => mode === raw('tls')) ?? 'verify-full',
        },
        secrets: { password: raw('password') },
      }
    case 'http':
      return { name, type, settings: { base_url: text('base_url') }, secrets: { headers: headersOf(raw('headers')) } }
    case 'huggingface':
      return { name, type, settings: {}, secrets: { token: raw('token') } }
    case 'airflow': {
      const username = orNull('username')
      return {
        name,
        type,
        settings: {
          base_url: text('base_url'),
          username,
          verify_tls: raw('verify_tls') === 'true',
          ca_pem: orNull('ca_pem'),
        },
        // without a user the secret is a token
        secrets: username === null ? { token: raw('password') } : { password: raw('password') },
      }
    }
  }
}
