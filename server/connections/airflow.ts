import { createAirflow, type Airflow } from '../airflow/client'
import { AirflowError } from '../airflow/error'
import { connectionShapes, type LeasedConnectionOf } from '../contract/connections'
import { ForgeError } from '../contract/errors'
import type { AllowList } from '../outgoing/address-check'
import { createOutgoingHttp, outgoingError } from '../outgoing/http'
import type { Tx } from '../storage/database'
import { findConnection } from '../storage/sql/find-connection'
import { openConnection } from './connections'
import type { SecretKeys } from './secret-keys'

/** An Airflow that a project has a connection to. */
export interface ConnectedAirflow {
  client: Airflow
  connectionId: string
  baseUrl: string
  /** The catalogue's error for what a call threw; anything but an AirflowError is given back as it is. */
  toForgeError: (error: unknown) => unknown
}

/** Gives the Airflow of a connection, by id or name. Throws what opening a connection throws. */
export type OpenAirflow = (tx: Tx, projectId: string, idOrName: string) => Promise<ConnectedAirflow>

const timeout_ms = 15_000
/** A page of a hundred tasks with their rendered fields. */
const maxAnswerBytes = 8 * 1024 ** 2

/** A client with the credentials and TLS options of a connection, on connections that pass the address check. */
export const airflowOf = (
  { settings, secrets }: Pick<LeasedConnectionOf<'airflow'>, 'settings' | 'secrets'>,
  allow: AllowList,
): Airflow => {
  // those stored by an earlier version lack the newer settings
  const { base_url, username, verify_tls, ca_pem } = connectionShapes.airflow.settings.parse(settings)
  return createAirflow({
    baseUrl: base_url,
    credentials: 'token' in secrets ? secrets : { username: username ?? '', password: secrets.password },
    http: createOutgoingHttp({ allow, timeout_ms, maxAnswerBytes, tls: { verify: verify_tls, ca: ca_pem } }),
  })
}

/** Says an Airflow's refusal in the catalogue's words. A refused address keeps its own. */
export const airflowProblem = (error: AirflowError, host: string): ForgeError => {
  const inner = outgoingError(error)
  if (inner instanceof ForgeError) return inner
  const { problem, message } = error
  if (problem === 'access_refused')
    return new ForgeError('airflow_access_refused', { host, detail: message }, { cause: error })
  const hint =
    problem === 'tls' ? { hint: 'Give the connection ca_pem, the certificate of the authority that signed it.' } : {}
  const detail = problem === 'tls' ? `its certificate is not trusted (${message})` : message
  return new ForgeError('airflow_unavailable', { host, detail: detail.replace(/\.$/, '') }, { cause: error, ...hint })
}

/**
 * Opens connections of type airflow and keeps each client with its token until the connection is changed. Of the kept ones
 * the database still says each time whether the connection is there.
 */
export const airflowOpener = (keys: SecretKeys, allow: AllowList): OpenAirflow => {
  const kept = new Map<string, { version: number; airflow: ConnectedAirflow }>()
  return async (tx, projectId, idOrName) => {
    const { id, updated_at } = await findConnection(tx, idOrName, projectId)
    const known = kept.get(id)
    if (known?.version === updated_at.getTime()) return known.airflow
    const opened = await openConnection(tx, keys, projectId, id)
    if (opened.type !== 'airflow') throw new Error(`The connection ${id} is of type ${opened.type}, not airflow.`)
    const { host } = new URL(opened.settings.base_url)
    const airflow: ConnectedAirflow = {
      client: airflowOf(opened, allow),
      connectionId: id,
      baseUrl: opened.settings.base_url,
      toForgeError: (error) => (error instanceof AirflowError ? airflowProblem(error, host) : error),
    }
    kept.set(id, { version: updated_at.getTime(), airflow })
    return airflow
  }
}
