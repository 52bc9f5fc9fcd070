import { z } from 'zod'

const httpUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !/^https?:\/\/[^/]*@/i.test(text), 'must not contain a password: it belongs in secrets')
const secret = z.string().min(1).max(8192)
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, 'is no name of a header')
  .refine((name) => !/^(?:host|connection|content-length|transfer-encoding)$/i.test(name), 'is set by Forge itself')

/** What is shown of a connection, and what is only ever written, by type. */
export const connectionShapes = {
  s3: {
    settings: z.strictObject({
      endpoint: httpUrl.nullable().default(null).describe('null = AWS'),
      region: z.string().min(1).max(100).default('us-east-1'),
      access_key_id: z.string().min(1).max(200),
      force_path_style: z.boolean().default(false).describe('true for most servers that are not AWS'),
    }),
    secrets: z.strictObject({ secret_access_key: secret }),
  },
  postgres: {
    settings: z.strictObject({
      host: z.string().min(1).max(253),
      port: z.int().min(1).max(65_535).default(5432),
      database: z.string().min(1).max(200),
      user: z.string().min(1).max(200).describe('give it the right to read and no other'),
      tls: z
        .enum(['disable', 'require', 'verify-full'])
        .default('verify-full')
        .describe('`require` encrypts without asking who answers'),
    }),
    secrets: z.strictObject({ password: secret }),
  },
  http: {
    settings: z.strictObject({
      base_url: httpUrl.describe('the headers are sent to addresses below it and no others'),
    }),
    secrets: z.strictObject({
      headers: z
        .record(
          headerName,
          z
            .string()
            .max(8192)
            .regex(/^[\t\x20-\x7e]+$/, 'must be visible ASCII'),
        )
        .describe('such as Authorization'),
    }),
  },
  huggingface: { settings: z.strictObject({}), secrets: z.strictObject({ token: secret }) },
  airflow: {
    settings: z.strictObject({
      base_url: httpUrl,
      username: z.string().min(1).max(200).nullable().default(null).describe('null = a token in place of a password'),
      verify_tls: z
        .boolean()
        .default(true)
        .describe('false takes any certificate: whoever is in between reads the password'),
      ca_pem: z
        .string()
        .max(65_536)
        .regex(/-----BEGIN CERTIFICATE-----/, 'must be certificates in PEM form')
        .nullable()
        .default(null)
        .describe('certificates to trust beside the usual ones, in PEM form'),
    }),
    secrets: z.union([z.strictObject({ password: secret }), z.strictObject({ token: secret })]),
  },
} as const

export const connectionType = z.enum(['s3', 'postgres', 'http', 'huggingface', 'airflow'])
export type ConnectionType = z.infer<typeof connectionType>

/** A name that fits into a recipe and a command line. */
export const connectionName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'lower case letters, digits, dot, dash, underscore')

interface Shape<Settings, Secrets> {
  settings: Settings
  secrets: Secrets
}
const created = <Type extends ConnectionType, Settings extends z.ZodType, Secrets extends z.ZodType>(
  type: Type,
  { settings, secrets }: Shape<Settings, Secrets>,
) =>
  z.object({
    name: connectionName,
    type: z.literal(type),
    settings,
    secrets,
  })
const viewed = <Type extends ConnectionType, Settings extends z.ZodType>(
  type: Type,
  { settings }: Pick<Shape<Settings, unknown>, 'settings'>,
) =>
  z.object({
    id: z.string(),
    object: z.literal('connection'),
    name: connectionName,
    type: z.literal(type),
    settings,
    has_secret: z.literal(true).describe('secrets are never shown'),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
const leased = <Type extends ConnectionType, Settings extends z.ZodType, Secrets extends z.ZodType>(
  type: Type,
  { settings, secrets }: Shape<Settings, Secrets>,
) =>
  z.object({
    type: z.literal(type),
    settings,
    secrets,
  })

export const createConnection = z.discriminatedUnion('type', [
  created('s3', connectionShapes.s3),
  created('postgres', connectionShapes.postgres),
  created('http', connectionShapes.http),
  created('huggingface', connectionShapes.huggingface),
  created('airflow', connectionShapes.airflow),
])
export type CreateConnection = z.infer<typeof createConnection>

/** Settings that are left out stay; secrets are replaced as a whole. */
export const updateConnection = z.object({
  name: connectionName.optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  secrets: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('needed when the host, endpoint or base URL changes: a secret is never sent to another place'),
})

export const connection = z.discriminatedUnion('type', [
  viewed('s3', connectionShapes.s3),
  viewed('postgres', connectionShapes.postgres),
  viewed('http', connectionShapes.http),
  viewed('huggingface', connectionShapes.huggingface),
  viewed('airflow', connectionShapes.airflow),
])
export type Connection = z.infer<typeof connection>

/** A connection with its secrets: only a lease's answer to a worker carries one, and only if the job names it. */
export const leasedConnection = z.discriminatedUnion('type', [
  leased('s3', connectionShapes.s3),
  leased('postgres', connectionShapes.postgres),
  leased('http', connectionShapes.http),
  leased('huggingface', connectionShapes.huggingface),
  leased('airflow', connectionShapes.airflow),
])
export type LeasedConnection = z.infer<typeof leasedConnection>
export type LeasedConnectionOf<Type extends ConnectionType> = Extract<LeasedConnection, { type: Type }>

export const connectionTest = z.object({
  ok: z.boolean(),
  detail: z.string().describe('what answered, or why it did not'),
})
export type ConnectionTest = z.infer<typeof connectionTest>

export const keyRotation = z.object({
  key_id: z.string().describe('of the key in use now'),
  connections: z.int().describe('how many were encrypted again'),
  signing_secrets: z.int().describe('of webhook endpoints and callbacks that were encrypted again'),
})
