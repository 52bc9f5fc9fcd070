import { ListBucketsCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'
import { AirflowError } from '../airflow/error'
import type { ConnectionTest, LeasedConnection } from '../contract/connections'
import { ForgeError } from '../contract/errors'
import type { AllowList } from '../outgoing/address-check'
import { createOutgoingHttp, outgoingError } from '../outgoing/http'
import { postgresClient } from '../outgoing/postgres'
import { s3Options } from '../outgoing/s3'
import { airflowOf, airflowProblem } from './airflow'

export interface ProbeOptions {
  allow: AllowList
  /** Of the model hub. */
  hubUrl: string
}

const timeout_ms = 10_000

const askHttp = async (
  url: string,
  headers: Record<string, string>,
  { allow }: ProbeOptions,
): Promise<ConnectionTest> => {
  const { status, data } = await createOutgoingHttp({ allow, timeout_ms }).get<Readable>(url, {
    headers,
    responseType: 'stream',
  })
  // how it answers is enough
  data.destroy()
  const { host } = new URL(url)
  if (status === 401 || status === 403)
    return { ok: false, detail: `${host} refuses the credentials with status ${status}.` }
  return { ok: status < 500, detail: `${host} answers with status ${status}.` }
}

const askS3 = async (
  connection: Extract<LeasedConnection, { type: 's3' }>,
  { allow }: ProbeOptions,
): Promise<ConnectionTest> => {
  const client = new S3Client({ ...s3Options(connection, allow), maxAttempts: 1 })
  try {
    const { Buckets } = await client.send(new ListBucketsCommand({}), {
      abortSignal: AbortSignal.timeout(timeout_ms),
    })
    return { ok: true, detail: `${(Buckets ?? []).length} buckets can be listed.` }
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error
    // a key that may read one bucket need not be allowed to list them: the signature was right
    if (error.name === 'AccessDenied') return { ok: true, detail: 'The key is known; it may not list buckets.' }
    return { ok: false, detail: `The store answers ${error.name}.` }
  } finally {
    client.destroy()
  }
}

const askPostgres = async (
  connection: Extract<LeasedConnection, { type: 'postgres' }>,
  { allow }: ProbeOptions,
): Promise<ConnectionTest> => {
  const client = await postgresClient(connection, allow, {
    connectTimeout_ms: timeout_ms,
    queryTimeout_ms: timeout_ms,
  })
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version")
    return { ok: true, detail: `PostgreSQL ${rows[0]?.version ?? ''} answers.` }
  } finally {
    await client.end()
  }
}

/** Signs in and lists: the version alone is told to everyone. */
const askAirflow = async (
  connection: Extract<LeasedConnection, { type: 'airflow' }>,
  { allow }: ProbeOptions,
): Promise<ConnectionTest> => {
  const airflow = airflowOf(connection, allow)
  try {
    const version = await airflow.version()
    const { total_entries } = await airflow.dags({ limit: 1 })
    return { ok: true, detail: `Airflow ${version} answers; ${total_entries} DAGs can be seen.` }
  } catch (error) {
    if (!(error instanceof AirflowError)) throw error
    const { message, hint } = airflowProblem(error, new URL(connection.settings.base_url).host)
    return { ok: false, detail: `${message} ${hint}` }
  }
}

const ask = async (connection: LeasedConnection, options: ProbeOptions): Promise<ConnectionTest> => {
  switch (connection.type) {
    case 's3':
      return await askS3(connection, options)
    case 'postgres':
      return await askPostgres(connection, options)
    case 'http':
      return await askHttp(connection.settings.base_url, connection.secrets.headers, options)
    case 'huggingface':
      return await askHttp(
        `${options.hubUrl.replace(/\/$/, '')}/api/whoami-v2`,
        { Authorization: `Bearer ${connection.secrets.token}` },
        options,
      )
    case 'airflow':
      return await askAirflow(connection, options)
  }
}

/** Tries the credentials of a connection, in some 10 s. A failure is an answer; nothing is thrown for it. */
export const probeConnection = async (connection: LeasedConnection, options: ProbeOptions): Promise<ConnectionTest> => {
  try {
    return await ask(connection, options)
  } catch (error) {
    const cause = outgoingError(error)
    const hint = cause instanceof ForgeError ? ` ${cause.hint}` : ''
    return { ok: false, detail: `${cause instanceof Error ? cause.message : String(cause)}${hint}` }
  }
}
