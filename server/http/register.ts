import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ForgeError } from '../contract/errors'
import type { Body, Params, Query, Reply, Route } from '../contract/route'
import type { Idempotency } from '../jobs/idempotency'
import type { Authenticate, Caller } from './authenticate'

export interface Call<R extends Route> {
  params: Params<R>
  query: Query<R>
  body: Body<R>
  caller: Caller
  idempotency: Idempotency
  request: FastifyRequest
  reply: FastifyReply
}
type Handler<R extends Route> = (call: Call<R>) => Promise<Reply<R>> | Promise<FastifyReply>
/** Binds a route of the table to its handler. */
export type Register = <R extends Route>(route: R, handler: Handler<R>) => void

const parse = (schema: z.ZodType | undefined, value: unknown, where: string): unknown => {
  if (!schema) return undefined
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.join('.') ?? ''
  const param = path || where
  throw new ForgeError(
    'invalid_request',
    { detail: `${param}: ${issue?.message ?? 'is not valid'}${shown(value, issue?.path ?? [])}.` },
    { param },
  )
}

/** The value that was wrong, when it is short enough to read. */
const shown = (value: unknown, path: readonly PropertyKey[]): string => {
  let at: unknown = value
  for (const key of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined
  const text = at === undefined ? '' : JSON.stringify(at)
  return text !== '' && text.length <= 80 ? ` (got ${text})` : ''
}

const headerOf = (request: FastifyRequest, name: string): string | null => {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** A raw body is bytes, whatever it says it is: JSON would be parsed, and a body without a type would be missed. */
const asBytes = async (request: FastifyRequest): Promise<void> => {
  request.headers['content-type'] = 'application/octet-stream'
  await Promise.resolve()
}

/** Gives `on(route, handler)`: authenticates, validates input and reply by the table, and answers. */
export const registrar =
  (app: FastifyInstance, authenticate: Authenticate): Register =>
  (route, handler) => {
    app.route({
      method: route.method,
      url: route.path,
      ...(route.body === 'raw' ? { onRequest: asBytes } : {}),
      handler: async (request, reply) => {
        const caller = await authenticate(request, route.scope)
        const key = headerOf(request, 'idempotency-key')
        if (key !== null && key.length > 255)
          throw new ForgeError('invalid_request', { detail: 'Idempotency-Key: is longer than 255 characters.' })
        const result: unknown = await handler({
          params: parse(route.params, request.params, 'path'),
          query: parse(route.query, request.query, 'query'),
          body: typeof route.body === 'object' ? parse(route.body, request.body, 'body') : undefined,
          caller,
          idempotency: {
            key,
            repeated: Number(headerOf(request, 'x-stainless-retry-count') ?? 0) >= 1,
            route: `${route.method} ${route.path}`,
            apiKeyId: caller.keyId,
          },
          request,
          reply,
        } as never)
        // the handler has answered by itself, or the caller is gone. Fastify's reply is a thenable that ends with the
        // answer: it is neither returned nor compared, it has been awaited above
        if (reply.sent || reply.raw.headersSent || reply.raw.destroyed) return undefined
        if (typeof route.reply === 'string') return await reply.send(result)
        return await reply.status(route.status ?? 200).send(route.reply.parse(result))
      },
    })
  }

export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`
