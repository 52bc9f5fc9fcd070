import type { ErrorCode } from '../../contract/errors'
import type { GivenBody, GivenParams, GivenQuery, Reply, Route } from '../../contract/route'
import type { routes } from '../../contract/routes'
import { routeTable } from './route-table'

type Routes = typeof routes
export type RouteName = keyof Routes
type Needs<Name extends string, T> = [T] extends [undefined] ? unknown : Record<Name, T>
/** What a call takes, by the contract. */
export type Input<N extends RouteName> = Needs<'params', GivenParams<Routes[N]>> &
  (GivenQuery<Routes[N]> extends undefined ? unknown : { query?: GivenQuery<Routes[N]> }) &
  (Routes[N] extends { body: 'multipart' } ? { body: FormData } : Needs<'body', GivenBody<Routes[N]>>)
export type Answer<N extends RouteName> = Routes[N] extends Route ? Reply<Routes[N]> : never

/** A call that the server refused, with the catalogue's code, message and remedy; or `offline`: none answered. */
export class ApiError extends Error {
  readonly code: ErrorCode | 'offline'
  readonly hint: string
  readonly requestId: string | null
  readonly param: string | null
  constructor(
    code: ErrorCode | 'offline',
    facts: { message: string; hint: string; requestId?: string; param?: string | null; cause?: unknown },
  ) {
    super(facts.message, { cause: facts.cause })
    this.name = 'ApiError'
    this.code = code
    this.hint = facts.hint
    this.requestId = facts.requestId ?? null
    this.param = facts.param ?? null
  }
}

interface Parts {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
}

/** The address of a call: its path filled in, and its query. */
export const urlOf = (name: RouteName, { params = {}, query = {} }: Parts): string => {
  const path = routeTable[name][1].replace(/:(\w+)/g, (_all, key: string) => encodeURIComponent(String(params[key])))
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString()
  return search === '' ? path : `${path}?${search}`
}

const refusal = async (response: Response): Promise<ApiError> => {
  const body = (await response.json().catch(() => null)) as {
    error?: { code: ErrorCode; message: string; hint: string; request_id: string; param: string | null }
  } | null
  const error = body?.error
  if (error === undefined)
    return new ApiError('offline', { message: `HTTP ${String(response.status)}`, hint: 'Is a proxy in between?' })
  return new ApiError(error.code, { ...error, requestId: error.request_id })
}

/** Sends a call with the session's cookie and gives the answer as it comes. Throws ApiError. */
export const send = async (name: RouteName, parts: Parts, options: RequestInit = {}): Promise<Response> => {
  const { body } = parts
  const isForm = body instanceof FormData
  const headers = new Headers(options.headers)
  if (body !== undefined && !isForm) headers.set('content-type', 'application/json')
  let response: Response
  try {
    response = await fetch(urlOf(name, parts), {
      method: routeTable[name][0],
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      ...options,
      headers,
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError('offline', { message: 'The Forge server does not answer.', hint: 'Is it running?', cause })
  }
  if (!response.ok) throw await refusal(response)
  return response
}

/** Calls a route of the contract by its name: typed input, typed answer. Throws ApiError. */
export const call = async <N extends RouteName>(
  name: N,
  input: Input<N>,
  options: { signal?: AbortSignal; idempotencyKey?: string } = {},
): Promise<Answer<N>> => {
  const response = await send(name, input as Parts, {
    ...(options.signal ? { signal: options.signal } : {}),
    headers: options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey },
  })
  return (await response.json()) as Answer<N>
}
