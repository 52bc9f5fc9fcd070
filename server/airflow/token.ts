import type { AxiosInstance } from 'axios'
import { AirflowError, failureOf, refusalOf } from './error'

/** A user's name and password, exchanged at `/auth/token`, or a bearer token that somebody made. */
export type AirflowCredentials = { username: string; password: string } | { token: string }

/** Gives the bearer token of a call. */
export interface TokenSource {
  get(): Promise<string>
  /** Another token than this one, which Airflow no longer takes; null where only this one is known. */
  renew(stale: string): Promise<string | null>
}

/** Asks Airflow for a token once and keeps it; calls at the same time share one request. */
export const tokenSource = (http: AxiosInstance, url: string, credentials: AirflowCredentials): TokenSource => {
  if ('token' in credentials) {
    const { token } = credentials
    return { get: () => Promise.resolve(token), renew: () => Promise.resolve(null) }
  }
  const ask = async (): Promise<string> => {
    const answer = await http.post<{ access_token?: unknown }>(url, credentials).catch((error: unknown) => {
      throw failureOf(error)
    })
    const { status, data } = answer
    if (status < 200 || status >= 300) throw refusalOf(answer)
    // a page of HTML, say, is a text
    const token = (data as { access_token?: unknown } | string | null) ?? {}
    if (typeof token !== 'object' || typeof token.access_token !== 'string')
      throw new AirflowError('not_airflow', 'its /auth/token gives no access_token', status)
    return token.access_token
  }
  let current: Promise<string> | undefined
  const get = (): Promise<string> =>
    (current ??= ask().catch((error: unknown) => {
      // the next call asks again
      current = undefined
      throw error
    }))
  return {
    get,
    async renew(stale) {
      // another call may have renewed it meanwhile
      if ((await get()) === stale) current = undefined
      return await get()
    },
  }
}
