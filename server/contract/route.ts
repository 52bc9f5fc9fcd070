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
