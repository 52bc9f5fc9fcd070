import { z } from 'zod'
import type { ErrorCode } from './errors'
import type { Scope } from './api-keys'

/** One public call. Everything about it that a caller can see is here: the server, the client and OpenAPI follow. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: `/${string}`
  summary: string
  /** null: open to everyone */
  scope: Scope | null
  params?: z.ZodObject
  query?: z.ZodObject
  /** `raw`: the body is a stream of bytes; `multipart`: a form with one file */
  body?: z.ZodType | 'raw' | 'multipart'
  /** `sse`: a stream of server-sent events; `bytes`: a download; `text` */
  reply: z.ZodType | 'sse' | 'bytes' | 'text'
  status?: 200 | 201 | 202
  errors: readonly ErrorCode[]
  /**
   * with an Idempotency-Key the same call within a day runs once and gets the same answer. `secret`: the answer shows a
   * secret once, so it is not kept, and the repeat is refused. Calls that make jobs keep the key with the job instead
   */
  once?: true | 'secret'
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined
type Given<T> = T extends z.ZodType ? z.input<T> : undefined
export type Params<R extends Route> = Parsed<R['params']>
export type Query<R extends Route> = Parsed<R['query']>
export type Body<R extends Route> = Parsed<R['body']>
export type Reply<R extends Route> = R['reply'] extends z.ZodType ? z.output<R['reply']> : unknown
export type GivenParams<R extends Route> = Given<R['params']>
export type GivenQuery<R extends Route> = Given<R['query']>
export type GivenBody<R extends Route> = Given<R['body']>

/** Keeps the literal types of a route, so that handlers and the client are typed from it. */
export const route = <const R extends Route>(definition: R): R => definition

/** Whether a call takes an Idempotency-Key: kept for a day (`once`), or for as long as the job that it makes. */
export const takesKey = ({ once, errors }: Route): boolean =>
  once !== undefined || errors.includes('idempotency_conflict')

/** The refusals that a route has beside those it lists: of its key, of what it would cost, and of the caller. */
export const sharedErrors = ({ once, scope, errors }: Route): readonly ErrorCode[] => [
  ...(once === undefined ? [] : (['idempotency_conflict', 'request_in_progress'] as const)),
  ...(once === 'secret' ? (['answer_not_kept'] as const) : []),
  ...(errors.includes('idempotency_conflict') ? (['budget_exceeded'] as const) : []),
  ...(scope === null ? [] : (['not_authenticated', 'missing_scope'] as const)),
]
