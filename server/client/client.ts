import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig } from 'axios'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import { errorBody, type ErrorCode } from '../contract/errors'
import type { GivenBody, GivenParams, GivenQuery, Reply, Route } from '../contract/route'

export interface ClientOptions {
  baseUrl: string
  apiKey: string
  /** longest wait for an answer; held calls add their own wait. Default 30 s */
  timeoutMs?: number
  headers?: Record<string, string>
}

type Needs<Name extends string, T> = [T] extends [undefined] ? unknown : Record<Name, T>
export type CallInput<R extends Route> = Needs<'params', GivenParams<R>> &
  (GivenQuery<R> extends undefined ? unknown : { query?: GivenQuery<R> }) &
  Needs<'body', R['body'] extends 'raw' ? Readable | Buffer : R['body'] extends 'multipart' ? FormData : GivenBody<R>>
export interface CallOptions {
  signal?: AbortSignal
  idempotencyKey?: string
  timeoutMs?: number
  headers?: Record<string, string>
}

/** An answer from the server that says no, with the catalogue's code, message and hint; or no answer at all. */
export class ApiError extends Error {
  readonly code: ErrorCode | 'unreachable'
  readonly status: number | null
  readonly hint: string
  readonly requestId: string | null
  constructor(facts: {
    code: ErrorCode | 'unreachable'
    status: number | null
    message: string
    hint: string
    requestId: string | null
    cause?: unknown
  }) {
    super(facts.message, { cause: facts.cause })
    this.name = 'ApiError'
    this.code = facts.code
    this.status = facts.status
    this.hint = facts.hint
    this.requestId = facts.requestId
  }
}

export interface ForgeClient {
  /** Calls a route of the table and gives its reply, typed by the table. Throws ApiError. */
  call<R extends Route>(route: R, input: CallInput<R>, options?: CallOptions): Promise<Reply<R>>
  /** The same for replies that are bytes or server-sent events. */
  stream(
    route: Route,
    input: { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown },
    options?: CallOptions,
  ): Promise<Readable>
}

const fill = (path: string, params: Record<string, unknown> = {}): string =>
  path.replace(/:([a-z0-9_]+)/g, (_all, name: string) => encodeURIComponent(String(params[name])))

const read = async (data: unknown): Promise<unknown> => {
  if (!data || typeof (data as Readable).pipe !== 'function') return data
  const chunks: Buffer[] = []
  for await (const chunk of data as Readable) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return null // not Forge's error body; the status says enough
  }
}

const toApiError = async (error: unknown, baseUrl: string): Promise<unknown> => {
  if (!(error instanceof AxiosError)) return error
  const parsed = errorBody.safeParse(await read(error.response?.data))
  if (parsed.success) {
    const { code, message, hint, request_id } = parsed.data.error
    return new ApiError({
      code,
      status: error.response?.status ?? null,
      message,
      hint,
      requestId: request_id,
      cause: error,
    })
  }
  return new ApiError({
    code: 'unreachable',
    status: error.response?.status ?? null,
    requestId: null,
    cause: error,
    message: error.response
      ? `${baseUrl} answered ${String(error.response.status)}, not as a Forge server does.`
      : `No Forge server answers at ${baseUrl} (${error.code ?? error.message}).`,
    hint: 'Start one with `npm start`, or correct FORGE_SERVER_URL.',
  })
}

/** A typed client of Forge's API: one function over the route table. */
export const createClient = ({ baseUrl, apiKey, timeoutMs = 30_000, headers = {} }: ClientOptions): ForgeClient => {
  const http: AxiosInstance = axios.create({
    baseURL: baseUrl.replace(/\/$/, ''),
    headers: { authorization: `Bearer ${apiKey}`, ...headers },
    maxRedirects: 0,
    proxy: false,
    maxBodyLength: Number.POSITIVE_INFINITY,
    maxContentLength: Number.POSITIVE_INFINITY,
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
  })
  const request = async (
    route: Route,
    input: { params?: unknown; query?: unknown; body?: unknown },
    options: CallOptions,
    extra: AxiosRequestConfig,
  ): Promise<unknown> => {
    try {
      const { data } = await http.request<unknown>({
        method: route.method,
        url: fill(route.path, input.params as Record<string, unknown>),
        params: input.query,
        ...(input.body === undefined ? {} : { data: input.body }),
        timeout: options.timeoutMs ?? timeoutMs,
        ...(options.signal ? { signal: options.signal } : {}),
        headers: {
          ...(route.body === 'raw' ? { 'content-type': 'application/octet-stream' } : {}),
          ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
          ...options.headers,
        },
        ...extra,
      })
      return data
    } catch (error) {
      throw await toApiError(error, baseUrl)
    }
  }
  return {
    call: async (route, input, options = {}) =>
      (await request(route, input as { body?: unknown }, options, {})) as never,
    stream: async (route, input, options = {}) =>
      (await request(route, input, options, { responseType: 'stream' })) as Readable,
  }
}
