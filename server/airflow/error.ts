/**
 * Why a call did not succeed. `unreachable`: no answer. `tls`: the certificate is not trusted. `not_airflow`: something
 * else than Airflow 3 answers there. `unavailable`: Airflow says that it cannot now. `access_refused`: credentials or
 * rights. `refused`: what was sent is not valid. `too_large`: the answer is longer than the HTTP client takes.
 */
export type AirflowProblem =
  | 'unreachable'
  | 'tls'
  | 'not_airflow'
  | 'unavailable'
  | 'access_refused'
  | 'not_found'
  | 'conflict'
  | 'refused'
  | 'too_large'

/** A call that did not succeed; `message` is Airflow's own reason where it gave one. */
export class AirflowError extends Error {
  override readonly name = 'AirflowError'

  constructor(
    readonly problem: AirflowProblem,
    message: string,
    /** HTTP status; null where no answer came */
    readonly status: number | null = null,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

interface Answer {
  status: number
  data: unknown
  headers: Record<string, unknown>
}

/** Airflow's reason: a text, or FastAPI's list of what is wrong where. */
const detailOf = (data: unknown): string | null => {
  const detail = (data as { detail?: unknown } | null)?.detail
  if (typeof detail === 'string') return detail
  if (!Array.isArray(detail)) return detail === undefined ? null : JSON.stringify(detail).slice(0, 1000)
  return (detail as { loc?: unknown[]; msg?: string }[])
    .map(({ loc = [], msg = 'is not valid' }) => `${loc.filter((part) => part !== 'body').join('.')}: ${msg}`)
    .join('; ')
}

/** What a status other than 2xx means. */
export const refusalOf = ({ status, data, headers }: Answer): AirflowError => {
  const detail = detailOf(data)
  const of = (problem: AirflowProblem, text: string): AirflowError => new AirflowError(problem, text, status)
  if (status === 401 || status === 403) return of('access_refused', detail ?? `status ${status}`)
  if (status >= 500 || status === 429)
    return of('unavailable', `status ${status}${detail === null ? '' : `: ${detail}`}`)
  const { location } = headers
  if (status >= 300 && status < 400)
    return of('not_airflow', `it redirects to ${typeof location === 'string' ? location : 'another address'}`)
  // FastAPI's own words for a path that it does not know
  if (detail === null || detail === 'Not Found')
    return of('not_airflow', `status ${status}, and not as the REST API of Airflow 3 answers`)
  if (status === 404) return of('not_found', detail)
  return of(status === 409 ? 'conflict' : 'refused', detail)
}

const certificateProblem = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/

/** What was thrown in place of an answer. */
export const failureOf = (cause: unknown): AirflowError => {
  const { code = '', message } = cause as { code?: string; message: string }
  if (message.includes('maxContentLength')) return new AirflowError('too_large', message, null, { cause })
  return new AirflowError(
    certificateProblem.test(code) ? 'tls' : 'unreachable',
    message.trim() === '' ? code : message,
    null,
    { cause },
  )
}
